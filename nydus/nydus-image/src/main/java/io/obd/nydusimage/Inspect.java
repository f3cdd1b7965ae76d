package io.obd.nydusimage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.Inode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Answers one question about an image, in the JSON that scripts written for the original know. */
@Command(name = "inspect", sortOptions = false, description = "Answers one question about an image in JSON.")
final class Inspect implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private BootstrapOption bootstrap = new BootstrapOption();

    @Option(
            names = {"-R", "--request"},
            required = true,
            description = "stats, blobs or prefetch")
    private String request = "";

    private final ObjectMapper mapper = new ObjectMapper();

    @Override
    public Integer call() throws IOException {
        JsonNode answer =
                switch (request.strip()) {
                    case "stats" ->
                        mapper.createObjectNode()
                                .put("inodes_count", bootstrap.load().inodeCount());
                    case "blobs" -> blobs(bootstrap.load());
                    case "prefetch" -> prefetch(bootstrap.load());
                    default ->
                        throw new ParameterException(
                                spec.commandLine(),
                                "there is no request '" + request + "': one of stats, blobs, prefetch");
                };
        spec.commandLine().getOut().println(mapper.writeValueAsString(answer));
        return 0;
    }

    private JsonNode blobs(Bootstrap image) {
        ArrayNode answer = mapper.createArrayNode();
        for (BlobInfo blob : image.blobs()) {
            answer.addObject()
                    .put("blob_id", blob.id())
                    .put("readahead_offset", 0)
                    .put("readahead_size", blob.readAhead())
                    .put("decompressed_size", blob.uncompressedSize())
                    .put("compressed_size", blob.compressedSize());
        }
        return answer;
    }

    private JsonNode prefetch(Bootstrap image) {
        Map<Inode, String> paths = new HashMap<>();
        addPaths(paths, "/", image.root());
        ArrayNode answer = mapper.createArrayNode();
        for (Inode inode : image.prefetch()) {
            answer.addObject().put("inode", inode.number()).put("path", paths.get(inode));
        }
        return answer;
    }

    private static void addPaths(Map<Inode, String> paths, String path, Inode inode) {
        paths.putIfAbsent(inode, path);
        String prefix = path.equals("/") ? path : path + "/";
        for (Inode.Entry entry : inode.entries()) {
            ByteString name = entry.name();
            addPaths(paths, prefix + name, entry.inode());
        }
    }
}
