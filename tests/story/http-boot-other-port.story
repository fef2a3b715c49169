story   http-boot-other-port
claims  EDK2 HTTP Boot with http.port set
why     A port other than 80 stands in the URL.
config
    dhcp: {mode: proxy}
    http: {port: 8080}
end
machine c1 is edk2-http
at 0s   c1 sends discover
        expect offer boot="http://192.0.2.1:8080/ipxe.efi"
