/* Packets, options and requests as tables: what ROMs send, and what nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tftp/request.h"

#include <cmocka.h>

#define WIRE(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static void a_packet_is_taken_apart(void **state)
{
    static const struct {
        const char *name;
        struct span in;
        enum tftp_flaw want;
        enum tftp_opcode opcode;
        uint16_t number;
        const char *rest;
    } cases[] = {
        { "nothing", WIRE(""), TFTP_CUT_SHORT, 0, 0, NULL },
        { "half an opcode", WIRE("\0"), TFTP_CUT_SHORT, 0, 0, NULL },
        { "opcode 0", WIRE("\0\0"), TFTP_OPCODE_UNKNOWN, 0, 0, NULL },
        { "opcode 7", WIRE("\0\7"), TFTP_OPCODE_UNKNOWN, 0, 0, NULL },
        { "opcode with a high byte", WIRE("\1\4\0\1"), TFTP_OPCODE_UNKNOWN, 0, 0, NULL },
        { "ACK without number", WIRE("\0\4"), TFTP_CUT_SHORT, 0, 0, NULL },
        { "ACK with half a number", WIRE("\0\4\1"), TFTP_CUT_SHORT, 0, 0, NULL },
        { "ACK", WIRE("\0\4\xff\xfe"), TFTP_SOUND, TFTP_ACK, 0xfffe, "" },
        { "ACK padded", WIRE("\0\4\0\1pad"), TFTP_SOUND, TFTP_ACK, 1, "pad" },
        { "DATA empty", WIRE("\0\3\0\1"), TFTP_SOUND, TFTP_DATA, 1, "" },
        { "ERROR", WIRE("\0\5\0\10User aborted\0"), TFTP_SOUND, TFTP_ERROR, 8, "User aborted" },
        { "ERROR without end", WIRE("\0\5\0\0oops"), TFTP_SOUND, TFTP_ERROR, 0, "oops" },
        { "ERROR with more behind", WIRE("\0\5\0\0a\0b"), TFTP_SOUND, TFTP_ERROR, 0, "a" },
        { "RRQ without anything", WIRE("\0\1"), TFTP_SOUND, TFTP_RRQ, 0, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tftp_packet packet = { 0 };
        enum tftp_flaw got = tftp_packet_decode(cases[i].in, &packet);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, tftp_flaw_name(got));
        if (got != TFTP_SOUND)
            continue;
        if (packet.opcode != cases[i].opcode || packet.number != cases[i].number ||
            !span_is(packet.rest, cases[i].rest))
            fail_msg("%s: taken apart wrongly", cases[i].name);
    }
}

static void a_request_is_judged(void **state)
{
    static const struct {
        const char *title;
        struct span in;
        enum tftp_flaw want;
        const char *name;
    } cases[] = {
        { "plain", WIRE("\0\1a\0octet\0"), TFTP_SOUND, "a" },
        { "mode in capitals", WIRE("\0\1a\0OCTET\0"), TFTP_SOUND, "a" },
        { "netascii", WIRE("\0\1a\0NetASCII\0"), TFTP_SOUND, "a" },
        { "mail", WIRE("\0\1a\0mail\0"), TFTP_MODE_UNKNOWN, NULL },
        { "mode with a blank", WIRE("\0\1a\0octet \0"), TFTP_MODE_UNKNOWN, NULL },
        { "mode without end", WIRE("\0\1a\0octet"), TFTP_MODE_MISSING, NULL },
        { "mode empty", WIRE("\0\1a\0\0"), TFTP_MODE_MISSING, NULL },
        { "name without end", WIRE("\0\1a"), TFTP_NAME_MISSING, NULL },
        { "name empty", WIRE("\0\1\0octet\0"), TFTP_NAME_MISSING, NULL },
        { "name of 0xff alone", WIRE("\0\1\xff\xff\0octet\0"), TFTP_NAME_MISSING, NULL },
        { "0xff behind the name", WIRE("\0\1a\xff\xff\0octet\0"), TFTP_SOUND, "a" },
        { "0xff within the name",
          WIRE("\0\1a\xff"
               "b\0octet\0"),
          TFTP_SOUND,
          "a\xff"
          "b" },
        { "backslashes stay", WIRE("\0\1\\Boot\\BCD\0octet\0"), TFTP_SOUND, "\\Boot\\BCD" },
        { "write", WIRE("\0\2a\0octet\0"), TFTP_WRITE_REFUSED, NULL },
        { "ACK", WIRE("\0\4\0\0"), TFTP_NOT_A_REQUEST, NULL },
        { "OACK", WIRE("\0\6tsize\0001\0"), TFTP_NOT_A_REQUEST, NULL },
        { "nothing", WIRE(""), TFTP_CUT_SHORT, NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tftp_request request;
        enum tftp_flaw got = tftp_request_decode(cases[i].in, &request);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].title, tftp_flaw_name(got));
        if (cases[i].name && !span_is(request.name, cases[i].name))
            fail_msg("%s: the name is another", cases[i].title);
    }
}

static void a_request_has_a_largest_size(void **state)
{
    uint8_t bytes[TFTP_REQUEST_MAX + 1];
    struct tftp_request request;
    (void)state;
    for (size_t extra = 0; extra <= 1; extra++) {
        struct writer w = writer_over(bytes, sizeof bytes);
        writer_be16(&w, TFTP_RRQ);
        while (w.len < TFTP_REQUEST_MAX - 7 + extra)
            writer_u8(&w, 'a');
        writer_u8(&w, 0);
        writer_text(&w, "octet");
        writer_u8(&w, 0);
        assert_false(w.failed);
        assert_int_equal(tftp_request_decode(writer_span(&w), &request),
                         extra == 0 ? TFTP_SOUND : TFTP_REQUEST_TOO_BIG);
    }
}

/* What is granted, as the text of the OACK with '|' for NUL; "" = no OACK. */
static void options_are_granted(void **state)
{
    static const struct {
        const char *name;
        struct span in;
        const char *oack;
        uint16_t block_size, window;
        uint8_t timeout_s;
    } cases[] = {
        { "none", WIRE(""), "", 512, 1, 0 },
        { "unknown only", WIRE("multicast\0\0"), "", 512, 1, 0 },
        { "smaller block",
          WIRE("blksize\0"
               "1024\0"),
          "blksize|1024|", 1024, 1, 0 },
        { "the MTU bounds",
          WIRE("blksize\0"
               "65464\0"),
          "blksize|1468|", 1468, 1, 0 },
        { "block over the RFC's most",
          WIRE("blksize\0"
               "70000\0"),
          "blksize|1468|", 1468, 1, 0 },
        { "block of 8",
          WIRE("blksize\0"
               "8\0"),
          "blksize|8|", 8, 1, 0 },
        { "block of 7",
          WIRE("blksize\0"
               "7\0"),
          "", 512, 1, 0 },
        { "no number",
          WIRE("blksize\0"
               "1k\0"),
          "", 512, 1, 0 },
        { "negative",
          WIRE("blksize\0"
               "-512\0"),
          "", 512, 1, 0 },
        { "beyond 64 bits",
          WIRE("tsize\0"
               "18446744073709551616\0"),
          "", 512, 1, 0 },
        { "empty value", WIRE("tsize\0\0"), "", 512, 1, 0 },
        { "leading zeros",
          WIRE("blksize\0"
               "0000512\0"),
          "blksize|512|", 512, 1, 0 },
        { "size",
          WIRE("tsize\0"
               "0\0"),
          "tsize|4294967296|", 512, 1, 0 },
        { "order and spelling",
          WIRE("WindowSize\0"
               "64\0TSIZE\0"
               "0\0"),
          "WindowSize|16|TSIZE|4294967296|", 512, 16, 0 },
        { "window 0",
          WIRE("windowsize\0"
               "0\0"),
          "", 512, 1, 0 },
        { "timeout",
          WIRE("timeout\0"
               "255\0"),
          "timeout|255|", 512, 1, 255 },
        { "timeout 0",
          WIRE("timeout\0"
               "0\0"),
          "", 512, 1, 0 },
        { "timeout 256",
          WIRE("timeout\0"
               "256\0"),
          "", 512, 1, 0 },
        { "twice: the first",
          WIRE("blksize\0"
               "600\0BLKSIZE\0"
               "700\0"),
          "blksize|600|", 600, 1, 0 },
        { "cut in the value",
          WIRE("tsize\0"
               "0\0blksize\0"
               "10"),
          "tsize|4294967296|", 512, 1, 0 },
        { "padding ends them",
          WIRE("\0\0\0blksize\0"
               "600\0"),
          "", 512, 1, 0 },
    };
    const struct tftp_limits limits = { .block_size_max = TFTP_BLOCK_MAX,
                                        .mtu = 1500,
                                        .window_max = 16 };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tftp_options options;
        struct tftp_terms terms;
        uint8_t out[TFTP_OACK_MAX];
        struct writer w = writer_over(out, sizeof out);
        struct reader r = reader_over(cases[i].in);
        tftp_options_read(&r, &options);
        tftp_options_grant(&options, &limits, UINT64_C(1) << 32, &terms, &w);
        assert_false(w.failed);
        size_t skip = w.len > 0 ? 2 : 0; /* the opcode */
        for (size_t k = skip; k < w.len; k++)
            out[k] = out[k] == 0 ? '|' : out[k];
        if (!span_is(span_of(out + skip, w.len - skip), cases[i].oack))
            fail_msg("%s: granted %.*s", cases[i].name, (int)(w.len - skip), (char *)out + skip);
        if (terms.block_size != cases[i].block_size || terms.window != cases[i].window ||
            terms.timeout_s != cases[i].timeout_s)
            fail_msg("%s: other terms than were told", cases[i].name);
    }
}

static void only_so_many_options_are_read(void **state)
{
    uint8_t bytes[1024];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct tftp_options options;
    (void)state;
    for (int i = 0; i < TFTP_PAIRS_MAX; i++) {
        writer_bytes(&w, span_of("x\0"
                                 "1\0",
                                 4));
    }
    writer_bytes(&w, span_of("tsize\0"
                             "0\0",
                             8));
    struct reader r = reader_over(writer_span(&w));
    tftp_options_read(&r, &options);
    assert_int_equal(options.count, 0);
}

static void the_mtu_may_be_unknown_or_tiny(void **state)
{
    static const struct {
        uint32_t mtu, want;
    } cases[] = { { 0, 9000 }, { 9000, 8968 }, { 576, 544 }, { 40, 8 }, { 33, 8 }, { 20, 9000 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct tftp_limits limits = { .block_size_max = 9000, .mtu = cases[i].mtu };
        const struct tftp_options options = { .asked[TFTP_OPTION_BLKSIZE] = true,
                                              .value[TFTP_OPTION_BLKSIZE] = 65464,
                                              .name[TFTP_OPTION_BLKSIZE] = WIRE("blksize"),
                                              .count = 1 };
        struct tftp_terms terms;
        uint8_t out[TFTP_OACK_MAX];
        struct writer w = writer_over(out, sizeof out);
        tftp_options_grant(&options, &limits, 1, &terms, &w);
        assert_int_equal(terms.block_size, cases[i].want);
    }
}

static void each_flaw_has_its_words_and_its_answer(void **state)
{
    static const struct {
        enum tftp_flaw flaw;
        bool answered;
        enum tftp_error code;
    } cases[] = {
        { TFTP_CUT_SHORT, false, 0 },
        { TFTP_OPCODE_UNKNOWN, false, 0 },
        { TFTP_WRITE_REFUSED, true, TFTP_ERROR_ACCESS },
        { TFTP_NAME_MISSING, true, TFTP_ERROR_ILLEGAL },
        { TFTP_MODE_MISSING, true, TFTP_ERROR_ILLEGAL },
        { TFTP_MODE_UNKNOWN, true, TFTP_ERROR_ILLEGAL },
        { TFTP_REQUEST_TOO_BIG, true, TFTP_ERROR_ILLEGAL },
        { TFTP_NOT_A_REQUEST, true, TFTP_ERROR_UNKNOWN_ID },
    };
    (void)state;
    assert_int_equal(sizeof cases / sizeof cases[0], TFTP_FLAW_COUNT - 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum tftp_error code = TFTP_ERROR_UNDEFINED;
        assert_non_null(tftp_flaw_text(cases[i].flaw));
        assert_int_equal(tftp_flaw_is_answered(cases[i].flaw, &code), cases[i].answered);
        assert_int_equal(code, cases[i].code);
    }
}

static void packets_are_written(void **state)
{
    uint8_t bytes[32];
    struct writer w = writer_over(bytes, sizeof bytes);
    (void)state;
    tftp_packet_write_data_header(&w, 0xfffe);
    tftp_packet_write_ack(&w, 1);
    tftp_packet_write_error(&w, TFTP_ERROR_OPTIONS, "no");
    assert_true(span_equals(writer_span(&w), span_of("\0\3\xff\xfe\0\4\0\1\0\5\0\10no\0", 15)));
    w = writer_over(bytes, 5);
    tftp_packet_write_error(&w, TFTP_ERROR_OPTIONS, "no");
    assert_true(w.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_is_taken_apart),
        cmocka_unit_test(a_request_is_judged),
        cmocka_unit_test(a_request_has_a_largest_size),
        cmocka_unit_test(options_are_granted),
        cmocka_unit_test(only_so_many_options_are_read),
        cmocka_unit_test(the_mtu_may_be_unknown_or_tiny),
        cmocka_unit_test(each_flaw_has_its_words_and_its_answer),
        cmocka_unit_test(packets_are_written),
    };
    return cmocka_run_group_tests_name("tftp packets", tests, NULL, NULL);
}
