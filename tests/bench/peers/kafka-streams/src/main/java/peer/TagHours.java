package peer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** By tag and hour: posts by sentiment, and distinct authors, each counted so that it can be taken back. */
final class TagHours extends ContextualProcessor<byte[], byte[], Void, Void> {
    static final String HOURS = "hours", AUTHORS = "authors";
    private static final int AUTHORS_AT = 4;            // behind positive, neutral, negative, unknown

    private KeyValueStore<Bytes, byte[]> hours, authors;

    static int sentiment(String label) {
        if (label == null) {
            return 3;
        }
        return switch (label) {
            case "positive" -> 0;
            case "neutral" -> 1;
            default -> 2;
        };
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        hours = context.getStateStore(HOURS);
        authors = context.getStateStore(AUTHORS);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        ByteBuffer change = ByteBuffer.wrap(record.value());
        long hour = change.getLong();
        int by = change.get();
        int sentiment = change.get();
        byte[] author = Arrays.copyOfRange(record.value(), change.position(), record.value().length);
        byte[] tag = record.key();
        byte[] place = ByteBuffer.allocate(tag.length + 9).put(tag).put((byte) 0).putLong(hour).array();
        Bytes key = Bytes.wrap(place);
        byte[] stored = hours.get(key);
        int[] counts = new int[AUTHORS_AT + 1];
        if (stored != null) {
            ByteBuffer.wrap(stored).asIntBuffer().get(counts);
        }
        counts[sentiment] += by;
        counts[AUTHORS_AT] += author.length == 0 ? 0 : countAuthor(place, author, by);
        ByteBuffer out = ByteBuffer.allocate(4 * counts.length);
        out.asIntBuffer().put(counts);
        hours.put(key, out.array());
    }

    /** By how much the distinct authors change. */
    private int countAuthor(byte[] place, byte[] author, int by) {
        Bytes key = Bytes.wrap(ByteBuffer.allocate(place.length + author.length).put(place).put(author).array());
        byte[] stored = authors.get(key);
        int before = stored == null ? 0 : ByteBuffer.wrap(stored).getInt();
        int after = before + by;
        authors.put(key, after == 0 ? null : ByteBuffer.allocate(4).putInt(after).array());
        return (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
    }
}
