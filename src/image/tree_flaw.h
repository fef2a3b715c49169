/* What may be wrong with a tree inside a container, for all the parsers of such trees alike. */
#ifndef IMAGE_TREE_FLAW_H
#define IMAGE_TREE_FLAW_H

enum tree_flaw {
    TREE_SOUND,
    TREE_ABSENT,     /* there is no such tree */
    TREE_DAMAGED,    /* a folder in it cannot be read, or makes no sense */
    TREE_ENDLESS,    /* files or folders lie in each other, so that there is no end to them */
    TREE_UNREADABLE, /* the source failed, or ends: see the view */
    TREE_FULL,       /* the builder takes no more, or memory is out: index_builder_is_full() */
    TREE_NO_MEMORY,  /* told by those who have asked */
};

#endif
