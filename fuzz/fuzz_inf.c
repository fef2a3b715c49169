/* A driver's setup file of any bytes, for every kind of Windows: whatever it says, the walk ends,
 * and every file is a safe path. */
#include <assert.h>
#include <stdlib.h>

#include "image/inf.h"
#include "image/wim_xml.h"
#include "model/safe_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_device(void *context, const struct pci_pattern *pattern)
{
    size_t *count = context;
    (void)pattern;
    ++*count;
    return 0;
}

static int take_file(void *context, const char *path)
{
    struct safe_path safe;
    size_t *count = context;
    assert(path[0] && strlen(path) < INF_PATH_MAX);
    assert(safe_path_parse(span_text(path), &safe) == PATH_SOUND);
    return ++*count > 2048;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct inf_target targets[] = {
        { WIM_ARCH_X64, 10, 0, 26100 },
        { WIM_ARCH_ARM64, 10, 0, 22000 },
        { WIM_ARCH_X86, 6, 1, 7601 },
    };
    struct inf *inf;
    struct inf_facts facts;
    enum inf_flaw flaw;

    if (inf_read(span_of(data, size), &inf, &flaw) < 0) {
        assert(inf_flaw_text(flaw)[0] != 0);
        return 0;
    }
    inf_describe(inf, &facts);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        size_t devices = 0, files = 0;
        inf_each_device(inf, &targets[i], take_device, &devices);
        if (inf_each_file(inf, &targets[i], take_file, &files) < 0)
            break;
    }
    inf_free(inf);
    return 0;
}
