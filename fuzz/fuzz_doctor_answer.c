/* What strangers answer the doctor: whatever the bytes, the result is bounded and the scratch
 * memory is given back. The first byte says whether it is a DHCP answer or a bridge's message; the
 * others follow the number and address that make an answer ours. */
#include <stdlib.h>

#include "doctor/answer.h"
#include "doctor/bpdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEED UINT32_C(0x00c0ff00)

static void read_answer(struct span bytes)
{
    static uint8_t memory[16384];
    uint8_t message[DHCP4_MESSAGE_MAX + 16];
    struct arena scratch = arena_over(memory, sizeof memory);
    struct doctor_answer answer;
    uint32_t xid = pose_xid(POSE_UEFI, SEED);

    if (bytes.len < DHCP4_HEADER_BYTES || bytes.len > sizeof message)
        return;
    memcpy(message, bytes.data, bytes.len);
    message[0] = DHCP4_OP_REPLY;
    for (int i = 0; i < 4; i++)
        message[4 + i] = (uint8_t)(xid >> (24 - 8 * i));
    memcpy(message + 28, mac_of_doctor().bytes, 6);
    bool sound = answer_read(span_of(message, bytes.len), IPV4_BROADCAST, SEED, &scratch, &answer);
    if (scratch.used != 0)
        abort();
    if (sound && (answer.pose != POSE_UEFI || !memchr(answer.file, 0, sizeof answer.file)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bpdu bpdu;

    if (size == 0)
        return 0;
    if (data[0] & 1)
        (void)bpdu_read(span_of(data + 1, size - 1), &bpdu);
    else
        read_answer(span_of(data + 1, size - 1));
    return 0;
}
