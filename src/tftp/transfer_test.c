/* The transfer under a simulated clock, and requests as ROMs send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tftp/request.h"
#include "tftp/transfer.h"

#include <cmocka.h>

static struct instant at_ms(int64_t ms)
{
    return (struct instant){ ms * 1000000 };
}

static struct tftp_step ack(struct tftp_transfer *t, uint16_t block, int64_t ms)
{
    struct tftp_step step;
    const struct tftp_packet packet = { .opcode = TFTP_ACK, .number = block };
    tftp_transfer_handle(t, &packet, at_ms(ms), &step);
    return step;
}

static struct tftp_step expire(struct tftp_transfer *t)
{
    struct tftp_step step;
    tftp_transfer_expire(t, t->deadline, &step);
    return step;
}

static void ends_with_an_empty_block(void **state)
{
    (void)state;
    struct tftp_transfer t;
    struct tftp_step step;
    const struct tftp_terms terms = { .block_size = 512, .window = 1 };
    tftp_transfer_start(&t, &terms, 512, at_ms(0), &step);
    assert_int_equal(step.action, TFTP_SEND_DATA);
    step = ack(&t, 1, 1);
    assert_true(step.answered);
    assert_int_equal(step.first, 2);
    assert_int_equal(ack(&t, 1, 2).action, TFTP_DO_NOTHING); /* no sorcerer's apprentice */
    assert_int_equal(ack(&t, 2, 3).ending, TFTP_COMPLETE);
    assert_int_equal(expire(&t).ending, TFTP_FORGOTTEN);
}

static void rolls_over_to_zero(void **state)
{
    (void)state;
    struct tftp_transfer t;
    struct tftp_step step;
    const struct tftp_terms terms = { .block_size = 8, .window = 1 };
    tftp_transfer_start(&t, &terms, 8 * 70000, at_ms(0), &step);
    for (uint32_t i = 1; i <= 70000; i++)
        assert_int_equal(ack(&t, (uint16_t)i, i).action, TFTP_SEND_DATA);
    assert_int_equal(ack(&t, (uint16_t)70001, 70001).ending, TFTP_COMPLETE);
}

static void goes_back_once_within_a_window(void **state)
{
    (void)state;
    struct tftp_transfer t;
    struct tftp_step step;
    const struct tftp_terms terms = { .block_size = 512, .window = 8, .has_oack = true };
    tftp_transfer_start(&t, &terms, 100000, at_ms(0), &step);
    assert_int_equal(step.action, TFTP_SEND_OACK);
    step = ack(&t, 0, 1);
    assert_int_equal(step.count, 8);
    step = ack(&t, 3, 2);
    assert_int_equal(step.first, 4);
    assert_int_equal(ack(&t, 3, 2).action, TFTP_DO_NOTHING);
    assert_int_equal(ack(&t, 2, 2).action, TFTP_DO_NOTHING);
    assert_int_equal(ack(&t, 900, 2).action, TFTP_DO_NOTHING);
    assert_int_equal(ack(&t, 11, 3).first, 12);
}

static void sends_a_mute_client_little(void **state)
{
    (void)state;
    struct tftp_transfer t;
    struct tftp_step step;
    int sent = 0;
    struct tftp_terms terms = { .block_size = 512, .window = 1 };
    tftp_transfer_start(&t, &terms, 100000, at_ms(0), &step);
    assert_int_equal(expire(&t).ending, TFTP_SILENT);

    terms.has_oack = true;
    tftp_transfer_start(&t, &terms, 100000, at_ms(0), &step);
    do {
        step = expire(&t);
        sent += step.action == TFTP_SEND_OACK;
    } while (step.ending == TFTP_GOES_ON);
    assert_int_equal(sent, 3);
    assert_int_equal(step.ending, TFTP_SILENT);
}

static void a_look_is_no_transfer_given_up(void **state)
{
    static const struct {
        uint16_t acks; /* before the error, from 0 */
        bool size_asked;
        enum tftp_ending want;
    } rows[] = {
        { 0, true, TFTP_PROBE },    /* EDK2: at the OACK */
        { 1, true, TFTP_PROBE },    /* GRUB: it acknowledges the OACK first */
        { 2, true, TFTP_GIVEN_UP }, /* a block was taken */
        { 1, false, TFTP_GIVEN_UP },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct tftp_terms terms = {
            .block_size = 512, .window = 1, .has_oack = true, .size_asked = rows[i].size_asked
        };
        const struct tftp_packet error = { .opcode = TFTP_ERROR };
        struct tftp_transfer t;
        struct tftp_step step;
        tftp_transfer_start(&t, &terms, 5000, at_ms(0), &step);
        for (uint16_t block = 0; block < rows[i].acks; block++)
            (void)ack(&t, block, block);
        tftp_transfer_handle(&t, &error, at_ms(9), &step);
        assert_int_equal(step.ending, rows[i].want);
    }
}

static void reads_what_roms_send(void **state)
{
    (void)state;
    static const char bytes[] = "\0\1name\xff\0OcTeT\0BLKSIZE\0009000\0windowsize\0000\0\0\0junk";
    struct tftp_request request;
    struct tftp_terms terms;
    uint8_t out[TFTP_OACK_MAX];
    struct writer w = writer_over(out, sizeof out);
    const struct tftp_limits limits = { .block_size_max = TFTP_BLOCK_MAX,
                                        .mtu = 1500,
                                        .window_max = 16 };
    assert_int_equal(tftp_request_decode(span_of(bytes, sizeof bytes), &request), TFTP_SOUND);
    assert_true(span_is(request.name, "name"));
    tftp_options_grant(&request.options, &limits, 5, &terms, &w);
    assert_int_equal(terms.block_size, 1468);
    assert_int_equal(terms.window, 1);
    assert_true(span_equals(writer_span(&w), span_of("\0\6BLKSIZE\0001468\0", 15)));
    assert_int_equal(tftp_request_decode(span_of("\0\2x\0octet", 10), &request),
                     TFTP_WRITE_REFUSED);
    assert_int_equal(tftp_request_decode(span_of("\0\1x\0mail", 9), &request), TFTP_MODE_UNKNOWN);
    assert_int_equal(tftp_request_decode(span_of("\0\1x", 3), &request), TFTP_NAME_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_with_an_empty_block),
        cmocka_unit_test(rolls_over_to_zero),
        cmocka_unit_test(goes_back_once_within_a_window),
        cmocka_unit_test(sends_a_mute_client_little),
        cmocka_unit_test(a_look_is_no_transfer_given_up),
        cmocka_unit_test(reads_what_roms_send),
    };
    return cmocka_run_group_tests_name("tftp", tests, NULL, NULL);
}
