/* Where webhooks may go. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "fetch/address_rule.h"

#include <cmocka.h>

static const struct {
    const char *address;
    bool says_own;
    enum address_verdict want;
} rows[] = {
    { "192.0.2.1", false, ADDRESS_FINE },
    { "10.1.2.3", false, ADDRESS_FINE },
    { "2001:db8::1", false, ADDRESS_FINE },
    { "fd12::1", false, ADDRESS_FINE },
    { "169.254.169.254", false, ADDRESS_METADATA },
    { "169.254.0.1", true, ADDRESS_METADATA },
    { "169.253.255.255", false, ADDRESS_FINE },
    { "100.100.100.200", false, ADDRESS_METADATA },
    { "100.100.100.201", false, ADDRESS_FINE },
    { "168.63.129.16", false, ADDRESS_METADATA },
    { "fe80::1", false, ADDRESS_METADATA },
    { "febf::1", false, ADDRESS_METADATA },
    { "fec0::1", false, ADDRESS_FINE },
    { "fd00:ec2::254", false, ADDRESS_METADATA },
    { "::ffff:169.254.169.254", false, ADDRESS_METADATA },
    { "64:ff9b::169.254.169.254", false, ADDRESS_METADATA },
    { "::ffff:127.0.0.1", false, ADDRESS_OWN },
    { "127.0.0.1", false, ADDRESS_OWN },
    { "127.0.0.1", true, ADDRESS_FINE },
    { "::1", false, ADDRESS_OWN },
    { "::1", true, ADDRESS_FINE },
    { "0.0.0.0", true, ADDRESS_MANY },
    { "::", true, ADDRESS_MANY },
    { "224.0.0.1", false, ADDRESS_MANY },
    { "255.255.255.255", false, ADDRESS_MANY },
    { "ff02::1", false, ADDRESS_MANY },
};

static void addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[16];
        bool is_ipv4 = inet_pton(AF_INET, rows[i].address, bytes) == 1;
        assert_true(is_ipv4 || inet_pton(AF_INET6, rows[i].address, bytes) == 1);
        enum address_verdict got =
            address_judge(span_of(bytes, is_ipv4 ? 4 : 16), rows[i].says_own);
        if (got != rows[i].want || (got == ADDRESS_FINE) != (address_sentence(got)[0] == 0))
            fail_msg("%s: %d", rows[i].address, (int)got);
    }
    assert_int_equal(address_judge((struct span){ 0 }, true), ADDRESS_MANY);
}

static const struct {
    const char *url;
    bool own;
} urls[] = {
    { "http://localhost/x", true },
    { "https://LOCALHOST:8443/x", true },
    { "http://127.0.0.1:9/", true },
    { "http://[::1]:9/", true },
    { "http://127.1.2.3", true },
    { "http://127.example.net/", false },
    { "http://localhost.example/", false },
    { "http://192.0.2.1/127.0.0.1", false },
    { "http://example.net/localhost", false },
};

static void urls_of_this_machine(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        if (address_url_says_own(urls[i].url) != urls[i].own)
            fail_msg("%s", urls[i].url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(urls_of_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
