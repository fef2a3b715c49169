/* Release bound to scope: `autoclean(thing_freep) struct thing *t`, and take_ptr() where ownership
 * leaves the scope. */
#ifndef BASE_AUTOCLEAN_H
#define BASE_AUTOCLEAN_H

#define autoclean(function) __attribute__((cleanup(function)))

#define take_ptr(pp)                                                                               \
    __extension__({                                                                                \
        __typeof__(*(pp)) taken_ = *(pp);                                                          \
        *(pp) = NULL;                                                                              \
        taken_;                                                                                    \
    })

/* Defines static x_freep(x **) from void x_free(x *), for use with autoclean(). */
#define DEFINE_FREEP(type, function)                                                               \
    static inline void function##p(type **pp)                                                      \
    {                                                                                              \
        function(*pp);                                                                             \
    }

#endif
