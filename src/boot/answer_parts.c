/* See answer_parts.h. What stands last counts: a file of that name in an initrd of the image gives
 * way to the machine's own. */
#include "boot/answer_parts.h"

#include "boot/cpio_parts.h"
#include "boot/image_files.h"

bool answer_parts_plan(const struct image *image, bool has_initrds, struct span text,
                       struct arena *arena, struct part_plan *ret_plan)
{
    uint16_t initrds = has_initrds ? image->initrd_count : 0;
    struct part *parts = arena_array(arena, struct part, initrds + 1u);

    if (!parts || initrds > IMAGE_INITRDS_MAX)
        return false;
    for (uint16_t i = 0; i < initrds; i++) {
        if (!image_files_plan(image, image->initrds[i], arena, &parts[i]))
            return false;
        parts[i].cpio_name = image->initrd_names[i];
        parts[i].align = CPIO_ALIGN;
    }
    parts[initrds] = (struct part){
        .kind = PART_TEXT, .text = text, .cpio_name = image->answer_inside, .align = CPIO_ALIGN
    };
    *ret_plan = (struct part_plan){ .parts = parts, .count = (uint16_t)(initrds + 1) };
    return true;
}
