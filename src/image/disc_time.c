/* See disc_time.h. */
#include "image/disc_time.h"

/* Days since 1970 (the proleptic Gregorian calendar, counted from 0000-03-01 so that the leap day
 * ends a year). */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

int64_t disc_time_civil(int year, int month, int day, int hour, int minute, int second,
                        int east_min)
{
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 || second < 0 || second > 60)
        return 0;
    int64_t time =
        days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - east_min * 60;
    return time > 0 ? time : 0;
}

int64_t disc_time_iso_short(struct reader *r)
{
    int year = 1900 + reader_u8(r), month = reader_u8(r), day = reader_u8(r);
    int hour = reader_u8(r), minute = reader_u8(r), second = reader_u8(r);
    int quarters = (int8_t)reader_u8(r);
    return r->failed ? 0 : disc_time_civil(year, month, day, hour, minute, second, quarters * 15);
}

static int digits(struct reader *r, size_t count)
{
    struct span s = reader_take(r, count);
    int value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return -1;
        value = value * 10 + (s.data[i] - '0');
    }
    return value;
}

int64_t disc_time_iso_long(struct reader *r)
{
    int year = digits(r, 4), month = digits(r, 2), day = digits(r, 2);
    int hour = digits(r, 2), minute = digits(r, 2), second = digits(r, 2);
    reader_skip(r, 2);
    int quarters = (int8_t)reader_u8(r);
    return r->failed ? 0 : disc_time_civil(year, month, day, hour, minute, second, quarters * 15);
}

int64_t disc_time_udf(struct reader *r)
{
    uint16_t type_and_zone = reader_le16(r);
    int year = (int16_t)reader_le16(r), month = reader_u8(r), day = reader_u8(r);
    int hour = reader_u8(r), minute = reader_u8(r), second = reader_u8(r);
    reader_skip(r, 3);
    /* 12 bits with a sign; -2047 says that no zone is meant */
    int east_min = (type_and_zone & 0xfff) >= 0x800 ? (type_and_zone & 0xfff) - 0x1000
                                                    : (type_and_zone & 0xfff);
    if (east_min < -1440 || east_min > 1440)
        east_min = 0;
    return r->failed ? 0 : disc_time_civil(year, month, day, hour, minute, second, east_min);
}

int64_t disc_time_fat(uint16_t date, uint16_t time)
{
    return disc_time_civil(1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11,
                           time >> 5 & 63, (time & 31) * 2, 0);
}
