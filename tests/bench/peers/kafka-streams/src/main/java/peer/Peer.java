package peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The same work as trendmill's, as a Kafka Streams application would do it: see ../README.md.
 * "java … peer.Peer SETTINGS.json" runs until SIGTERM and prints "assigned" once it has partitions.
 * Any error ends it: it measures a healthy cluster.
 */
public final class Peer {
    static Properties properties(JsonNode settings) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.get("group").asText());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.get("brokers").asText());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, settings.get("state").asText());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                settings.get("delivery").asText().equals("exactly_once")
                        ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, settings.get("commit_ms").asLong());
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        properties.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 4000);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.ISOLATION_LEVEL_CONFIG), "read_committed");
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 4000);
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10000);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 10);
        properties.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 * 1024);
        return properties;
    }

    private static KafkaStreams streams(JsonNode settings) throws Exception {
        Rules rules = Rules.load(new File(settings.get("rules").asText()));
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(settings.get("input").asText(), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .process(() -> new Enricher(rules))
                .to(settings.get("output").asText(), Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        return new KafkaStreams(builder.build(), properties(settings));
    }

    /** Until SIGTERM, or until it fails. */
    static void run(KafkaStreams streams) throws InterruptedException {
        CountDownLatch failed = new CountDownLatch(1);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
                System.err.println("assigned");
            }
            if (now == KafkaStreams.State.ERROR) {
                failed.countDown();
            }
        });
        // A JVM that ends by SIGTERM has the exit code 143; this one has done what it was asked to.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            streams.close();
            Runtime.getRuntime().halt(failed.getCount() == 0 ? 1 : 0);
        }));
        streams.start();
        failed.await();
        System.exit(1);
    }

    public static void main(String[] args) throws Exception {
        if (args.length != 1) {
            System.err.println("usage: Peer SETTINGS.json");
            System.exit(2);
        }
        run(streams(new ObjectMapper().readTree(new File(args[0]))));
    }
}
