/* See builtin.h. The assembler puts the files one behind the other, in the order of the rows, and
 * their lengths into a table beside. */
#include "answers/builtin.h"

__asm__(".pushsection .rodata.answer_lengths,\"a\"\n"
        ".balign 4\n"
        ".globl answer_builtin_lengths\n"
        "answer_builtin_lengths:\n"
        ".popsection\n"
        ".pushsection .rodata.answer_texts,\"a\"\n"
        ".globl answer_builtin_texts\n"
        "answer_builtin_texts:\n"
#define ANSWER_KIND(id, name, arguments, inside, text)
#define ANSWER_FILE(kind, wire, suffix, media_type, format)                                        \
    "1: .incbin \"default." suffix "\"\n"                                                          \
    "2: .byte 0\n"                                                                                 \
    ".pushsection .rodata.answer_lengths,\"a\"\n"                                                  \
    ".long 2b - 1b\n"                                                                              \
    ".popsection\n"
#include "model/answer_kind.def"
#undef ANSWER_KIND
#undef ANSWER_FILE
        ".popsection\n");

extern const uint32_t answer_builtin_lengths[];
extern const uint8_t answer_builtin_texts[];

struct span answer_builtin(const struct answer_file *file)
{
    size_t count, at = 0;
    const struct answer_file *files = answer_files(&count);

    for (const struct answer_file *f = files; f < file; f++)
        at += answer_builtin_lengths[f - files] + (size_t)1;
    return span_of(answer_builtin_texts + at, answer_builtin_lengths[file - files]);
}
