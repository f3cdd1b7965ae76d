package io.obd.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.obd.image.ImageConfig.Lower;
import io.obd.image.ImageConfig.Upper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The JSON form of {@link ImageConfig}: key names, their order, and which are left out. */
final class ImageConfigJson {
    private static final Logger LOG = LoggerFactory.getLogger(ImageConfigJson.class);
    private static final JsonFactory FACTORY = new JsonFactory();

    private ImageConfigJson() {}

    static ImageConfig read(Path path) throws IOException {
        ConfigFile file = ConfigFile.read(path);
        ConfigObject root = file.root();
        ImageConfig config = new ImageConfig(
                root.string("repoBlobUrl", ""),
                root.objects("lowers").stream().map(ImageConfigJson::lower).toList(),
                upper(root.object("upper")),
                root.string("resultFile", ""),
                root.bool("accelerationLayer", false),
                root.string("recordTracePath", ""),
                root.findObject("download").map(DownloadConfig::read).orElse(null));
        file.check();
        file.unknownKeys().forEach(LOG::warn);
        return config;
    }

    private static Lower lower(ConfigObject object) {
        return new Lower(
                object.string("file", ""),
                object.string("dir", ""),
                object.string("digest", ""),
                object.integer("size", 0, 0, Long.MAX_VALUE),
                object.string("targetFile", ""),
                object.string("targetDigest", ""),
                object.string("gzipIndex", ""));
    }

    private static Upper upper(ConfigObject object) {
        return new Upper(
                object.string("index", ""),
                object.string("data", ""),
                object.string("target", ""),
                object.string("gzipIndex", ""),
                object.integer("vsize", 0, 0, Integer.MAX_VALUE));
    }

    static String toJson(ImageConfig config) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("repoBlobUrl", config.repoBlobUrl());
            writeLowers(json, config.lowers());
            writeUpper(json, config.upper());
            json.writeStringField("resultFile", config.resultFile());
            if (config.accelerationLayer()) {
                json.writeBooleanField("accelerationLayer", true);
            }
            writeIfSet(json, "recordTracePath", config.recordTracePath());
            DownloadConfig download = config.download();
            if (download != null) {
                writeDownload(json, download);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void writeLowers(JsonGenerator json, List<Lower> lowers) throws IOException {
        json.writeArrayFieldStart("lowers");
        for (Lower lower : lowers) {
            json.writeStartObject();
            writeIfSet(json, "gzipIndex", lower.gzipIndex());
            writeIfSet(json, "file", lower.file());
            writeIfSet(json, "digest", lower.digest());
            writeIfSet(json, "targetFile", lower.targetFile());
            writeIfSet(json, "targetDigest", lower.targetDigest());
            writeIfSet(json, "size", lower.size());
            writeIfSet(json, "dir", lower.dir());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeUpper(JsonGenerator json, Upper upper) throws IOException {
        json.writeObjectFieldStart("upper");
        writeIfSet(json, "index", upper.index());
        writeIfSet(json, "data", upper.data());
        writeIfSet(json, "target", upper.target());
        writeIfSet(json, "gzipIndex", upper.gzipIndex());
        writeIfSet(json, "vsize", upper.vsize());
        json.writeEndObject();
    }

    private static void writeDownload(JsonGenerator json, DownloadConfig download) throws IOException {
        json.writeObjectFieldStart("download");
        json.writeBooleanField("enable", download.enable());
        json.writeNumberField("delay", download.delay().toSeconds());
        json.writeNumberField("delayExtra", download.delayExtra().toSeconds());
        json.writeNumberField("maxMBps", download.maxMBps());
        json.writeNumberField("tryCnt", download.tryCnt());
        json.writeNumberField("blockSize", download.blockSize());
        json.writeEndObject();
    }

    private static void writeIfSet(JsonGenerator json, String key, String value) throws IOException {
        if (!value.isEmpty()) {
            json.writeStringField(key, value);
        }
    }

    private static void writeIfSet(JsonGenerator json, String key, long value) throws IOException {
        if (value != 0) {
            json.writeNumberField(key, value);
        }
    }
}
