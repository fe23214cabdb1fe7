/* replay: what the lanes of a replay do otherwise than the live worker's. They end each partition where
 * the offset's metadata say (kafka/replay.h). */
#pragma once

struct hides;
struct pace;

struct replay {
    const struct hides *hides;          /* posts that are hidden by now */
    struct pace *pace;                  /* NULL: as fast as it goes */
};
