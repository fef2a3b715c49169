/* Arithmetic on foreign numbers: each returns false, and leaves *out alone, when the true result
 * does not fit. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define must_check __attribute__((warn_unused_result))

must_check static inline bool checked_add(size_t a, size_t b, size_t *out)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

must_check static inline bool checked_sub(size_t a, size_t b, size_t *out)
{
    if (b > a)
        return false;
    *out = a - b;
    return true;
}

must_check static inline bool checked_mul(size_t a, size_t b, size_t *out)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

must_check static inline bool checked_add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

must_check static inline bool checked_mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

must_check static inline bool narrow_u8(uint64_t v, uint8_t *out)
{
    if (v > UINT8_MAX)
        return false;
    *out = (uint8_t)v;
    return true;
}

must_check static inline bool narrow_u16(uint64_t v, uint16_t *out)
{
    if (v > UINT16_MAX)
        return false;
    *out = (uint16_t)v;
    return true;
}

must_check static inline bool narrow_u32(uint64_t v, uint32_t *out)
{
    if (v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

static inline size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
