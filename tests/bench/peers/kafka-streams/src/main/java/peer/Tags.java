package peer;

import java.util.Arrays;
import java.util.List;

/** Which tags fire on a text. */
final class Tags {
    private final Rules rules;
    private final byte[] hits;          // by tag: 1 found, -1 found something of its none
    private final boolean[] implied;

    Tags(Rules rules) {
        this.rules = rules;
        hits = new byte[rules.tags.length];
        implied = new boolean[rules.tags.length];
    }

    void find(String text, List<String> hashtags) {
        String folded = Text.fold(text);
        Arrays.fill(hits, (byte) 0);
        Arrays.fill(implied, false);
        rules.find.parseText(folded, (start, end, uses) -> {
            for (Rules.Use use : uses) {
                if (Text.stands(folded, start, end, use.whole()) && !isCovered(folded, use, start, end)) {
                    hit(use);
                }
            }
        });
        for (String hashtag : hashtags) {
            rules.hashtags.getOrDefault(Text.fold(hashtag), List.of()).forEach(this::hit);
        }
        for (int i = 0; i < hits.length; i++) {
            if (hits[i] > 0) {
                imply(i);
            }
        }
    }

    private void hit(Rules.Use use) {
        if (use.against()) {
            hits[use.tag()] = -1;
        } else if (hits[use.tag()] == 0) {
            hits[use.tag()] = 1;
        }
    }

    private void imply(int tag) {
        for (int parent : rules.parents[tag]) {
            if (!implied[parent]) {
                implied[parent] = true;
                imply(parent);
            }
        }
    }

    /** An except covers a hit where the longer literal stands around it. Few terms have one. */
    private static boolean isCovered(String text, Rules.Use use, int start, int end) {
        for (String except : use.excepts()) {
            for (int from = Math.max(0, end - except.length()); from <= start; from++) {
                if (text.startsWith(except, from) && Text.stands(text, from, from + except.length(), false)) {
                    return true;
                }
            }
        }
        return false;
    }

    int count() {
        return hits.length;
    }

    boolean fires(int tag) {
        return hits[tag] > 0;
    }

    boolean isImplied(int tag) {
        return implied[tag];
    }
}
