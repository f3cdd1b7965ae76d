package io.obd.tools.obd;

import com.fasterxml.jackson.core.JsonGenerator;
import io.obd.fs.FileInfo;
import io.obd.fs.tar.ByteString;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/** Differences as lines or as JSON, written as they are found. */
abstract sealed class DiffReport implements Closeable {
    private boolean empty = true;

    static DiffReport text(PrintWriter out) {
        return new Text(out);
    }

    static DiffReport json(PrintWriter out) throws IOException {
        return new JsonArray(out);
    }

    /** Whether nothing differs so far. */
    final boolean isEmpty() {
        return empty;
    }

    final void added(ByteString path, FileInfo file) throws IOException {
        report("added", path, List.of(new Difference("type", "", Listing.name(file.type()))));
    }

    final void removed(ByteString path, FileInfo file) throws IOException {
        report("removed", path, List.of(new Difference("type", Listing.name(file.type()), "")));
    }

    final void changed(ByteString path, List<Difference> differences) throws IOException {
        if (!differences.isEmpty()) {
            report("changed", path, differences);
        }
    }

    private void report(String change, ByteString path, List<Difference> differences) throws IOException {
        empty = false;
        write(change, path, differences);
    }

    abstract void write(String change, ByteString path, List<Difference> differences) throws IOException;

    private static final class Text extends DiffReport {
        private final PrintWriter out;

        Text(PrintWriter out) {
            this.out = out;
        }

        @Override
        void write(String change, ByteString path, List<Difference> differences) {
            String details = change.equals("changed")
                    ? differences.stream().map(Difference::toString).collect(Collectors.joining(", ", ": ", ""))
                    : "";
            out.println(change + " " + path + details);
        }

        @Override
        public void close() {
            // The stream is not ours.
        }
    }

    private static final class JsonArray extends DiffReport {
        private final PrintWriter out;
        private final JsonGenerator json;

        JsonArray(PrintWriter out) throws IOException {
            this.out = out;
            json = Json.on(out);
            json.writeStartArray();
        }

        @Override
        void write(String change, ByteString path, List<Difference> differences) throws IOException {
            json.writeStartObject();
            Json.text(json, "path", path);
            json.writeStringField("change", change);
            json.writeArrayFieldStart("differences");
            for (Difference difference : differences) {
                json.writeStartObject();
                json.writeStringField("field", difference.field());
                if (!difference.from().isEmpty()) {
                    json.writeStringField("from", difference.from());
                }
                if (!difference.to().isEmpty()) {
                    json.writeStringField("to", difference.to());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }

        @Override
        public void close() throws IOException {
            json.writeEndArray();
            json.close();
            out.println();
        }
    }
}
