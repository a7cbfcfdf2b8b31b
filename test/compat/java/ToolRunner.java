import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs many of Kafka's command-line tools in one JVM, since each costs a second to start. A line of standard input is one run:
 * {"tool": CLASS, "args": [...], "stdin": "..."}; a line of standard output is its {"code", "stdout", "stderr"}.
 */
public final class ToolRunner {
    /** What a tool's call of exit becomes; an Error, so that a tool's own catch of exceptions lets it pass. */
    private static final class Exited extends Error {
        Exited() {
            super("exit", null, false, false);
        }
    }

    private static Integer code;

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        PrintStream answers = System.out;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Exit.Procedure exit = (status, message) -> {
            if (code == null) code = status;
            throw new Exited();
        };
        Exit.setExitProcedure(exit);
        Exit.setHaltProcedure(exit);
        for (String line; (line = lines.readLine()) != null; ) {
            JsonNode run = json.readTree(line);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            System.setIn(new ByteArrayInputStream(run.path("stdin").asText("").getBytes(StandardCharsets.UTF_8)));
            String[] words = new String[run.get("args").size()];
            for (int i = 0; i < words.length; i++) words[i] = run.get("args").get(i).asText();
            code = null;
            // a thread for each run, as some tools leave things behind in the one they ran in
            Thread thread = new Thread(() -> run(run.get("tool").asText(), words));
            thread.start();
            thread.join();
            System.out.flush();
            System.err.flush();
            ObjectNode answer = json.createObjectNode();
            answer.put("code", code == null ? 0 : code);
            answer.put("stdout", out.toString(StandardCharsets.UTF_8));
            answer.put("stderr", err.toString(StandardCharsets.UTF_8));
            answers.println(json.writeValueAsString(answer));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    private static void run(String tool, String[] words) {
        try {
            // Scala's Console remembers the streams of the first run
            var out = System.out;
            var err = System.err;
            Class<?> main = Class.forName(tool);
            scala.Console$.MODULE$.withOut(out, () -> scala.Console$.MODULE$.withErr(err, () -> {
                try {
                    main.getMethod("main", String[].class).invoke(null, (Object) words);
                } catch (java.lang.reflect.InvocationTargetException e) {
                    if (!(e.getCause() instanceof Exited)) {
                        e.getCause().printStackTrace();
                        if (code == null) code = 1;
                    }
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
                return null;
            }));
        } catch (Throwable e) {
            e.printStackTrace();
            if (code == null) code = 1;
        }
    }
}
