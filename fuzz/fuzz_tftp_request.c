/* One packet to the listening port. A sound request leads to terms within its own wishes and the
 * limits, to an OACK that fits and can be read back to just what was granted, and written again it
 * is understood the same. */
#include <assert.h>

#include "tftp/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_terms(const struct tftp_options *asked, const struct tftp_terms *terms)
{
    const uint64_t *value = asked->value;
    assert(terms->has_oack == (asked->count > 0));
    assert(terms->block_size >= TFTP_BLOCK_MIN && terms->block_size <= 1468);
    assert(terms->window >= 1 && terms->window <= 16);
    if (asked->asked[TFTP_OPTION_BLKSIZE])
        assert(terms->block_size <= value[TFTP_OPTION_BLKSIZE]);
    else
        assert(terms->block_size == TFTP_BLOCK_DEFAULT);
    if (asked->asked[TFTP_OPTION_WINDOWSIZE])
        assert(terms->window <= value[TFTP_OPTION_WINDOWSIZE]);
    else
        assert(terms->window == 1);
    assert(terms->size_asked == asked->asked[TFTP_OPTION_TSIZE]);
    assert(terms->timeout_s ==
           (asked->asked[TFTP_OPTION_TIMEOUT] ? value[TFTP_OPTION_TIMEOUT] : 0));
}

static void check_oack(struct span bytes, const struct tftp_options *asked,
                       const struct tftp_terms *terms, uint64_t file_size)
{
    struct tftp_packet packet = { 0 };
    struct tftp_options told;
    assert(tftp_packet_decode(bytes, &packet) == TFTP_SOUND && packet.opcode == TFTP_OACK);
    struct reader r = reader_over(packet.rest);
    tftp_options_read(&r, &told);
    assert(told.count == asked->count); /* RFC 2347: nothing that was not asked */
    for (int i = 0; i < TFTP_OPTION_COUNT; i++) {
        assert(told.asked[i] == asked->asked[i]);
        assert(span_equals(told.name[i], asked->name[i]));
    }
    if (told.asked[TFTP_OPTION_BLKSIZE])
        assert(told.value[TFTP_OPTION_BLKSIZE] == terms->block_size);
    if (told.asked[TFTP_OPTION_WINDOWSIZE])
        assert(told.value[TFTP_OPTION_WINDOWSIZE] == terms->window);
    if (told.asked[TFTP_OPTION_TSIZE])
        assert(told.value[TFTP_OPTION_TSIZE] == file_size);
}

static void check_written_again(const struct tftp_request *request)
{
    char name[TFTP_REQUEST_MAX + 1];
    uint8_t bytes[2 * TFTP_REQUEST_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct tftp_request again = { 0 };
    span_to_text(request->name, name, sizeof name);
    if (request->netascii)
        return; /* requests of ours are octet */
    tftp_request_write(&w, name, &request->options);
    if (w.failed || w.len > TFTP_REQUEST_MAX || strlen(name) != request->name.len)
        return;
    assert(tftp_request_decode(writer_span(&w), &again) == TFTP_SOUND);
    assert(span_equals(again.name, request->name));
    assert(again.options.count == request->options.count);
    for (int i = 0; i < TFTP_OPTION_COUNT; i++)
        assert(again.options.value[i] == request->options.value[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tftp_limits limits = { .block_size_max = 9000, .mtu = 1500, .window_max = 16 };
    const uint64_t file_size = UINT64_MAX; /* the longest text in an OACK */
    struct span bytes = span_of(data, size);
    struct tftp_request request;
    struct tftp_terms terms;
    uint8_t oack[TFTP_OACK_MAX];
    struct writer w = writer_over(oack, sizeof oack);
    enum tftp_error code;

    enum tftp_flaw flaw = tftp_request_decode(bytes, &request);
    assert(tftp_flaw_text(flaw) && tftp_flaw_name(flaw));
    (void)tftp_flaw_is_answered(flaw, &code);
    if (flaw != TFTP_SOUND)
        return 0;
    assert(request.name.len > 0 && request.name.len < TFTP_REQUEST_MAX);
    tftp_options_grant(&request.options, &limits, file_size, &terms, &w);
    assert(!w.failed);
    check_terms(&request.options, &terms);
    if (terms.has_oack)
        check_oack(writer_span(&w), &request.options, &terms, file_size);
    else
        assert(w.len == 0);
    check_written_again(&request);
    return 0;
}
