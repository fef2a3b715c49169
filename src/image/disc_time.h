/* Dates as discs and disks write them, as seconds since 1970. */
#ifndef IMAGE_DISC_TIME_H
#define IMAGE_DISC_TIME_H

#include "base/reader.h"

/* A date and time of the civil calendar, `east_min` minutes east of Greenwich. 0 when there is no
 * such date, or it lies before 1970. */
int64_t disc_time_civil(int year, int month, int day, int hour, int minute, int second,
                        int east_min);

/* The 7 bytes of a directory record (ECMA-119 9.1.5), read off the reader. 0 = not told. */
int64_t disc_time_iso_short(struct reader *r);

/* The 17 bytes of a volume descriptor (ECMA-119 8.4.26.1), read off the reader. 0 = not told. */
int64_t disc_time_iso_long(struct reader *r);

/* The 12 bytes of an ECMA-167 timestamp (1/7.3), read off the reader. 0 = not told. */
int64_t disc_time_udf(struct reader *r);

/* The two words of a FAT directory entry. They tell no time zone: taken as UTC. */
int64_t disc_time_fat(uint16_t date, uint16_t time);

#endif
