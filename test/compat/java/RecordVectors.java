/*
 * Kafka's own record batches as the judge of ours. Reads one JSON object a line, writes one line for each:
 *
 *   RecordVectors write      a description of a batch, answered with its bytes in base64
 *   RecordVectors read       {"batch": base64}, answered with header and records as JSON; fails on a bad checksum
 *   RecordVectors control    no input: name and bytes of each kind of control batch
 */
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;

public final class RecordVectors {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    public static void main(String[] args) throws Exception {
        if (args[0].equals("control")) {
            control();
        } else {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (args[0].equals("write")) OUT.println(base64(write(JSON.readTree(line)).buffer()));
                else OUT.println(read(JSON.readTree(line).get("batch").binaryValue()));
            }
        }
        OUT.flush();
    }

    private static String base64(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static byte[] bytes(JsonNode node) throws Exception {
        return node.isNull() ? null : node.binaryValue();
    }

    private static MemoryRecords write(JsonNode batch) throws Exception {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
            ByteBuffer.allocate(1024), (byte) 2, Compression.of(batch.get("compression").asText()).build(),
            TimestampType.CREATE_TIME, batch.get("baseOffset").asLong(), -1L,
            batch.get("producerId").asLong(), (short) batch.get("producerEpoch").asInt(), batch.get("baseSequence").asInt(),
            batch.get("isTransactional").asBoolean(), batch.get("partitionLeaderEpoch").asInt());
        for (JsonNode record : batch.get("records")) {
            JsonNode given = record.get("headers");
            Header[] headers = new Header[given.size()];
            for (int i = 0; i < headers.length; i++) {
                headers[i] = new RecordHeader(given.get(i).get("key").asText(), bytes(given.get(i).get("value")));
            }
            builder.append(record.get("timestamp").asLong(), bytes(record.get("key")), bytes(record.get("value")), headers);
        }
        return builder.build();
    }

    private static String read(byte[] bytes) {
        ObjectNode result = JSON.createObjectNode();
        ArrayNode records = result.putArray("records");
        int batches = 0;
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            batch.ensureValid();
            batches++;
            result.put("baseOffset", batch.baseOffset()).put("lastOffset", batch.lastOffset());
            result.put("producerId", batch.producerId()).put("producerEpoch", batch.producerEpoch());
            result.put("baseSequence", batch.baseSequence()).put("partitionLeaderEpoch", batch.partitionLeaderEpoch());
            result.put("isTransactional", batch.isTransactional()).put("isControl", batch.isControlBatch());
            result.put("maxTimestamp", batch.maxTimestamp()).put("compression", batch.compressionType().name);
            result.put("timestampType", batch.timestampType().name).put("sizeBytes", batch.sizeInBytes());
            for (Record record : batch) {
                record.ensureValid();
                ObjectNode node = records.addObject();
                node.put("offset", record.offset()).put("timestamp", record.timestamp());
                put(node, "key", record.key());
                put(node, "value", record.value());
                ArrayNode headers = node.putArray("headers");
                for (Header header : record.headers()) {
                    ObjectNode item = headers.addObject().put("key", header.key());
                    put(item, "value", header.value() == null ? null : ByteBuffer.wrap(header.value()));
                }
            }
        }
        return result.put("batches", batches).toString();
    }

    private static void put(ObjectNode node, String name, ByteBuffer value) {
        if (value == null) node.putNull(name);
        else node.put(name, base64(value));
    }

    private static void control() {
        for (ControlRecordType type : List.of(ControlRecordType.COMMIT, ControlRecordType.ABORT)) {
            print(type.name(), MemoryRecords.withEndTransactionMarker(77, 1700000000000L, 3, 4000000000L, (short) 5, new EndTransactionMarker(type, 9)));
        }
        ByteBuffer buffer = ByteBuffer.allocate(512);
        List<LeaderChangeMessage.Voter> voters = List.of(new LeaderChangeMessage.Voter().setVoterId(1));
        print("LEADER_CHANGE", MemoryRecords.withLeaderChangeMessage(5, 1700000000000L, 3, buffer.clear(),
            new LeaderChangeMessage().setVersion((short) 0).setLeaderId(1).setVoters(voters).setGrantingVoters(voters)));
        print("SNAPSHOT_HEADER", MemoryRecords.withSnapshotHeaderRecord(0, 1700000000000L, 3, buffer.clear(),
            new SnapshotHeaderRecord().setVersion((short) 0).setLastContainedLogTimestamp(1600000000000L)));
        print("SNAPSHOT_FOOTER", MemoryRecords.withSnapshotFooterRecord(9, 1700000000000L, 3, buffer.clear(),
            new SnapshotFooterRecord().setVersion((short) 0)));
        print("KRAFT_VERSION", MemoryRecords.withKRaftVersionRecord(1, 1700000000000L, 3, buffer.clear(),
            new KRaftVersionRecord().setVersion((short) 0).setKRaftVersion((short) 1)));
        VotersRecord.EndpointCollection endpoints = new VotersRecord.EndpointCollection();
        endpoints.add(new VotersRecord.Endpoint().setName("CONTROLLER").setHost("localhost").setPort(9093));
        VotersRecord.Voter voter = new VotersRecord.Voter().setVoterId(1).setVoterDirectoryId(new Uuid(1, 2)).setEndpoints(endpoints)
            .setKRaftVersionFeature(new VotersRecord.KRaftVersionFeature().setMinSupportedVersion((short) 0).setMaxSupportedVersion((short) 1));
        print("VOTERS", MemoryRecords.withVotersRecord(2, 1700000000000L, 3, buffer.clear(),
            new VotersRecord().setVersion((short) 0).setVoters(List.of(voter))));
    }

    private static void print(String name, MemoryRecords records) {
        OUT.println(name + " " + base64(records.buffer()));
    }
}
