/* See offers_here.h. */
#include "cli/offers_here.h"

#include <errno.h>

#include "base/autoclean.h"

#include "serve/yaml_folder.h"

DEFINE_FREEP(struct offer_book, offer_book_free)

static void tell_fault(void *context, const char *file, const char *sentence)
{
    char data[1100];
    struct text t = text_over(data, sizeof data);
    (void)context;
    text_add_escaped(&t, span_text(file));
    text_add(&t, " is not used: ");
    text_add_escaped(&t, span_text(sentence));
    complain("the catalog's %s", data);
}

static int add_family(void *book, struct span yaml, const char *name,
                      const struct yaml_fault_sink *faults)
{
    return offer_book_add(book, yaml, name, faults);
}

enum exit_code offers_here(const struct config *config, struct offer_book **ret_book)
{
    autoclean(offer_book_freep) struct offer_book *book = NULL;
    const struct yaml_folder_faults faults = { .add = tell_fault };
    char path[CONFIG_PATH_MAX + 16];
    struct text t = text_over(path, sizeof path);

    int r = offer_book_new(&book);
    text_addf(&t, "%s/catalog", config->state);
    const struct yaml_folder folder = { .path = path,
                                        .most = OFFER_YAML_MAX,
                                        .add = add_family,
                                        .book = book,
                                        .too_large = "a file of the catalog is at most 64 KiB",
                                        .too_many = "there are more files in the catalog than 64",
                                        .faults = &faults };
    if (r == 0)
        r = yaml_folder_read(&folder);
    if (r < 0) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    *ret_book = take_ptr(&book);
    return EXIT_OK;
}
