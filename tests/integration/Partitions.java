import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Random;
import java.util.Set;

import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/*
 * Prints 1,000 keys and the partition of 12 that the Java client's default partitioner gives each, as
 * key TAB partition: java-partitions.tsv beside this file, against which the worker's choice is tested.
 * The keys are the same in every run. To make it again:
 *
 *   java -Dfile.encoding=UTF-8 -cp "$(deploy/kafka-local java-classpath)" tests/integration/Partitions.java \
 *       > tests/integration/java-partitions.tsv
 */
public class Partitions {
    static final int KEYS = 1000;
    static final int PARTITIONS = 12;

    /* Both edges of every length of UTF-8, control characters, and what looks like nothing. No tab, no
     * newline: they would break the file. No surrogates: they are not UTF-8. */
    static final int[] EDGES = {
        0x00, 0x01, 0x08, 0x0B, 0x1F, 0x20, 0x7E, 0x7F, 0x80, 0x9F, 0xA0, 0xFF, 0x7FF, 0x800, 0x200B, 0x200D, 0x3000,
        0xD7FF, 0xE000, 0xFE0F, 0xFEFF, 0xFFFD, 0xFFFF, 0x10000, 0x1F3FF, 0x10FFFF,
    };

    static final String[] WORDS = {
        "レアアース", "地震", "東京", "新幹線", "さくら", "ﾊﾝｶｸ", "＃全角", "株式会社", "が", "か\u3099", "トレンド", "速報",
        "🌸", "🇯🇵", "👨‍👩‍👧‍👦", "👍🏽", "❤️", "🎌", "𠮷野家", "𩸽", "café", "Ünï", "한국어", "Ελλάδα", "عربي",
    };

    static Set<String> keys() {
        Random random = new Random(20240501);
        Set<String> keys = new LinkedHashSet<>();

        keys.add("");
        for (int i = 0; i < 100; i++)                     /* small ids: every length modulo 4 */
            keys.add(Integer.toString(i * i));
        for (int i = 0; i < 300; i++)                     /* ids of posts */
            keys.add(Long.toUnsignedString(1_500_000_000_000_000_000L + (random.nextLong() >>> 5)));
        for (int edge : EDGES) {
            keys.add(Character.toString(edge));
            keys.add("id-" + Character.toString(edge) + "-" + edge);
        }
        for (String word : WORDS)
            keys.add(word);
        for (int len = 1; len <= 64; len++)
            keys.add("あ".repeat(len));
        for (int len : new int[] { 255, 256, 257, 1023, 1024, 4095, 4096 })
            keys.add("x".repeat(len));
        while (keys.size() < 750)                         /* words put together */
            keys.add(word(random) + random.nextInt(1000) + word(random));
        while (keys.size() < KEYS)                        /* any bytes that are UTF-8 */
            keys.add(noise(random, 1 + random.nextInt(40)));
        return keys;
    }

    static String word(Random random) {
        return WORDS[random.nextInt(WORDS.length)];
    }

    static String noise(Random random, int len) {
        StringBuilder text = new StringBuilder();

        while (text.codePointCount(0, text.length()) < len) {
            int bits = new int[] { 7, 11, 16, 20 }[random.nextInt(4)];
            int point = random.nextInt(1 << bits);

            if (point != '\t' && point != '\n' && point != '\r' && (point < 0xD800 || point > 0xDFFF))
                text.appendCodePoint(point);
        }
        return text.toString();
    }

    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

        for (String key : keys()) {
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            out.print(key + "\t" + BuiltInPartitioner.partitionForKey(bytes, PARTITIONS) + "\n");
        }
        out.flush();
    }
}
