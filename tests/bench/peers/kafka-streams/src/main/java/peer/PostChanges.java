package peer;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Keeps each post's newest observation and says by tag what that changes: an observation of the same post adds
 * nothing, other tags take the old ones back.
 */
final class PostChanges extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    static final String STORE = "posts";

    private final JsonFactory json = new JsonFactory();
    private final Fact fact = new Fact(json);
    private final Fact before = new Fact(json);
    private KeyValueStore<Bytes, byte[]> posts;

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        super.init(context);
        posts = context.getStateStore(STORE);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        try {
            fact.read(record.value());
            take(Bytes.wrap(fact.subject().getBytes(StandardCharsets.UTF_8)), record.timestamp());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void take(Bytes id, long timestamp) throws IOException {
        byte[] stored = posts.get(id);
        if (stored == null) {
            if (fact.isPost()) {
                posts.put(id, fact.stored());
                forward(fact, 1, timestamp);
            }
            return;
        }
        before.load(stored);
        if (fact.asOf < before.asOf) {
            return;
        }
        if (!fact.isPost()) {
            before.takeCounts(fact);
            posts.put(id, before.stored());
            return;
        }
        posts.put(id, fact.stored());
        if (!fact.saysTheSame(before)) {
            forward(before, -1, timestamp);
            forward(fact, 1, timestamp);
        }
    }

    private void forward(Fact post, int by, long timestamp) {
        byte[] author = post.author == null ? new byte[0] : post.author.getBytes(StandardCharsets.UTF_8);
        byte[] change = ByteBuffer.allocate(10 + author.length).putLong(post.hour()).put((byte) by)
                .put((byte) TagHours.sentiment(post.sentiment)).put(author).array();
        for (String tag : post.tags) {
            context().forward(new Record<>(tag.getBytes(StandardCharsets.UTF_8), change, timestamp));
        }
    }
}
