story   pxe-unsupported-arch
claims  IANA architectures 29 and 33
why     A machine nobody has a loader for gets no offer from the proxy.
config  fixtures/proxy.yaml
machine c1 is edk2-pxe arch=33 vendor="PXEClient:Arch:00033:UNDI:003016"
at 0s   c1 sends discover
        expect silence
