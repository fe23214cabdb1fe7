package peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Raw post in, event out, keyed by id. Headers and timestamp pass on by themselves. */
final class Enricher extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    private static final int REPOSTS = 0, QUOTES = 1, VIEWS = 5;

    private final Rules rules;
    private final JsonFactory json = new JsonFactory();
    private final Post post = new Post(json);
    private final Entities entities = new Entities();
    private final Tags tags;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(4096);
    private JsonGenerator gen;

    Enricher(Rules rules) {
        this.rules = rules;
        tags = new Tags(rules);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        try {
            post.read(record.value());
            entities.find(post.text);
            tags.find(post.text, entities.hashtags);
            byte[] event = write(record.value(), record.timestamp());
            context().forward(record.withKey(post.id.getBytes(StandardCharsets.UTF_8)).withValue(event));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private byte[] write(byte[] raw, long timestamp) throws IOException {
        out.reset();
        try (JsonGenerator generator = json.createGenerator(out)) {
            gen = generator;
            gen.writeStartObject();
            gen.writeNumberField("v", 1);
            gen.writeStringField("id", post.id);
            writeFacts();
            gen.writeObjectFieldStart("enrichment");
            writeTags();
            writeEntities();
            writeEngagement();
            gen.writeEndObject();
            gen.writeFieldName("post");
            gen.writeRawValue("");
            gen.flush();
            out.write(raw);             // as bytes: it need not become a string again
            writeSource(timestamp);
            gen.writeEndObject();
        }
        return out.toByteArray();
    }

    private void text(String name, String text) throws IOException {
        if (text != null) {
            gen.writeStringField(name, text);
        }
    }

    private void number(String name, long number) throws IOException {
        if (number != Post.UNKNOWN) {
            gen.writeNumberField(name, number);
        }
    }

    private void writeFacts() throws IOException {
        gen.writeObjectFieldStart("facts");
        text("kind", post.kind());
        text("subject", post.repostOf != null ? post.repostOf : post.id);
        number("as_of", post.observedMs);
        number("created", post.createdMs);
        text("lang", post.lang);
        text("author", post.author);
        text("handle", post.handle);
        number("followers", post.followers);
        text("segment", post.segment());
        text("url", post.url);
        text("in_reply_to", post.inReplyTo);
        text("repost_of", post.repostOf);
        text("quote_of", post.quoteOf);
        text("replaces", post.replaces);
        for (int i = 0; i < Rules.COUNTS.length; i++) {
            number(Rules.COUNTS[i], post.counts[i]);
        }
        gen.writeEndObject();
    }

    /** In the order of the rules, parents last. */
    private void writeTags() throws IOException {
        gen.writeArrayFieldStart("tags");
        for (int i = 0; i < tags.count(); i++) {
            if (tags.fires(i) && !tags.isImplied(i)) {
                gen.writeString(rules.tags[i]);
            }
        }
        for (int i = 0; i < tags.count(); i++) {
            if (tags.isImplied(i)) {
                gen.writeString(rules.tags[i]);
            }
        }
        gen.writeEndArray();
    }

    private void texts(String name, List<String> texts) throws IOException {
        gen.writeArrayFieldStart(name);
        for (int i = 0; i < texts.size(); i++) {
            gen.writeString(texts.get(i));
        }
        gen.writeEndArray();
    }

    private void writeEntities() throws IOException {
        gen.writeObjectFieldStart("entities");
        texts("hashtags", entities.hashtags);
        texts("mentions", entities.mentions);
        texts("urls", entities.urls);
        gen.writeEndObject();
    }

    /** Four places, rounded half to even, without trailing zeros. */
    private void ratio(String name, double numerator, double divisor) throws IOException {
        if (divisor <= 0) {
            return;
        }
        long scaled = (long) Math.rint(numerator * 10000 / divisor);
        StringBuilder text = new StringBuilder(24).append(scaled / 10000);
        long rest = scaled % 10000;
        for (long unit = 1000; rest > 0; rest %= unit, unit /= 10) {
            text.append(unit == 1000 ? "." : "").append(rest / unit);
        }
        gen.writeFieldName(name);
        gen.writeNumber(text.toString());
    }

    private void writeEngagement() throws IOException {
        long total = 0;
        boolean known = false;
        for (int i = 0; i < VIEWS; i++) {
            if (post.counts[i] != Post.UNKNOWN) {
                total += post.counts[i];
                known = true;
            }
        }
        gen.writeObjectFieldStart("engagement");
        if (known) {
            gen.writeNumberField("total", total);
            writeCounted();
        }
        writeScore();
        if (known) {
            writeRates(total);
        }
        gen.writeEndObject();
    }

    private void writeCounted() throws IOException {
        gen.writeArrayFieldStart("of");
        for (int i = 0; i < VIEWS; i++) {
            if (post.counts[i] != Post.UNKNOWN) {
                gen.writeString(Rules.COUNTS[i]);
            }
        }
        gen.writeEndArray();
    }

    private void writeScore() throws IOException {
        double score = 0;
        for (int i = 0; i < rules.weights.length; i++) {
            if (rules.weights[i] != 0 && post.counts[i] == Post.UNKNOWN) {
                return;
            }
            score += rules.weights[i] != 0 ? rules.weights[i] * post.counts[i] : 0;
        }
        ratio("score", score, 1);
    }

    private void writeRates(long total) throws IOException {
        long[] counts = post.counts;
        if (counts[VIEWS] != Post.UNKNOWN) {
            ratio("rate_views", total, counts[VIEWS]);
        }
        if (post.repostOf == null) {
            if (post.followers != Post.UNKNOWN) {
                ratio("rate_followers", total, post.followers);
            }
            if (post.followers != Post.UNKNOWN && counts[REPOSTS] != Post.UNKNOWN && counts[QUOTES] != Post.UNKNOWN) {
                ratio("amplification", counts[REPOSTS] + counts[QUOTES], post.followers);
            }
            if (post.observedMs != Post.UNKNOWN && post.createdMs != Post.UNKNOWN) {
                ratio("per_hour", total * 3600000.0, Math.max(post.observedMs - post.createdMs, rules.minAgeMs));
            }
        }
        for (Rules.Tier tier : rules.tiers) {
            if (total >= tier.atLeast()) {
                gen.writeStringField("tier", tier.name());
                return;
            }
        }
    }

    private void writeSource(long timestamp) throws IOException {
        RecordMetadata place = context().recordMetadata().orElseThrow();
        gen.writeObjectFieldStart("source");
        gen.writeStringField("topic", place.topic());
        gen.writeNumberField("partition", place.partition());
        gen.writeNumberField("offset", place.offset());
        gen.writeNumberField("timestamp", timestamp);
        gen.writeEndObject();
    }
}
