/* Templates of any bytes: a sound one has no "${" of its own left but those written as "$${", and
 * nothing is written beyond the buffer. */
#include <assert.h>

#include "boot/template.h"
#include "boot/test_catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct reach reach = { { 0xc0000201 }, 80 };
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 1);
    struct rule_settings settings;
    char buffer[256], name[TEMPLATE_NAME_MAX + 1] = "";
    struct text out = text_over(buffer, sizeof buffer);

    client.serial = label_of(span_of(data, size));
    rule_settings_of(&test_catalog, &client, &settings);
    const struct template_scope scope = {
        .client = &client, .settings = &settings, .reach = &reach, .image = &test_images[0]
    };
    enum template_flaw flaw = template_render(span_of(data, size), &scope, &out, name);
    assert(template_flaw_text(flaw)[0] != 0 && strlen(name) <= TEMPLATE_NAME_MAX);
    assert(out.len < sizeof buffer && (flaw == TEMPLATE_SOUND) <= !out.failed);
    return 0;
}
