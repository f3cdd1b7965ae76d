package io.obd.nydusimage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.obd.fs.tar.ByteString;
import io.obd.rafs.BlobContents;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapTables;
import io.obd.rafs.Chunk;
import io.obd.rafs.ChunkInfoTable;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.Inode;
import io.obd.rafs.RafsVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers questions about an image as text, in the lines of the original, and some of them as JSON. */
final class Inspector {
    private static final String NO_DIGEST = "0".repeat(2 * Digester.LENGTH);
    private static final String HELP = """
        stats          figures of the whole image
        ls             names in the current directory
        cd DIR         change the current directory
        stat NAME      all about a file of the current directory, with its chunks
        blobs          the blobs
        prefetch       the files that are fetched before they are asked for
        chunk OFFSET   the files that have the chunk at this byte of a blob
        icheck INODE   the names of an inode, and all about it
        exit           end
        """;

    private final Bootstrap image;
    private final PrintWriter out;
    private final ObjectMapper mapper = new ObjectMapper();

    /** The current directory and those above it. */
    private final Deque<Inode> directories = new ArrayDeque<>();

    /** A name of a file, with the directory that it is in. */
    private record Name(String path, ByteString name, Inode parent, Inode inode) {}

    /** Something that was asked and cannot be answered. */
    static final class WrongRequestException extends IOException {
        private static final long serialVersionUID = 1;

        WrongRequestException(String message) {
            super(message);
        }
    }

    Inspector(Bootstrap image, PrintWriter out) {
        this.image = image;
        this.out = out;
        directories.push(image.root());
    }

    /**
     * The answer that scripts get.
     *
     * @return null if it was printed, because the original has no JSON for it
     */
    @Nullable
    JsonNode answer(String request) throws WrongRequestException {
        return switch (request.strip()) {
            case "stats" -> mapper.createObjectNode().put("inodes_count", inodes());
            case "blobs" -> blobs();
            case "prefetch" -> prefetch();
            default -> {
                print(request);
                yield null;
            }
        };
    }

    /** Prints the answer to one request. */
    void print(String request) throws WrongRequestException {
        String[] words = request.strip().split("\\s+", 2);
        String argument = words.length == 2 ? words[1] : "";
        switch (words[0] + (argument.isEmpty() ? "" : " ARGUMENT")) {
            case "help" -> out.print(HELP);
            case "stats" -> printStats();
            case "ls" -> list();
            case "cd ARGUMENT" -> changeDirectory(argument);
            case "stat ARGUMENT" -> printFile(argument);
            case "blobs" -> image.blobs().forEach(this::print);
            case "prefetch" -> printPrefetch();
            case "chunk ARGUMENT" -> printChunks(number(argument));
            case "icheck ARGUMENT" -> printInode(number(argument));
            default ->
                throw new WrongRequestException(
                        "unsupported inspect request '" + request.strip() + "': one of stats, ls, cd DIR, stat NAME,"
                                + " blobs, prefetch, chunk OFFSET, icheck INODE, help, exit");
        }
    }

    private static long number(String text) throws WrongRequestException {
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new WrongRequestException("'" + text + "' is no number");
        }
    }

    private Inode current() {
        return directories.getFirst();
    }

    private void printStats() {
        out.println();
        out.println("    Version:                " + image.version().number());
        out.println("    Inodes Count:           " + inodes());
        out.println("    Chunk Size:             " + image.chunkSize() / 1024 + "KB");
        out.println("    Root Inode:             " + image.root().number());
        out.println("    Flags:                  " + image.flags());
        BootstrapTables tables = image.tables();
        out.println(String.format("    Blob table offset:      0x%x", tables.blobs()));
        out.println(String.format("    Blob table size:        0x%x", tables.blobsSize()));
        out.println(String.format("    Prefetch table offset:  0x%x", tables.prefetch()));
        out.println(String.format("    Prefetch table entries: 0x%x", tables.prefetchEntries()));
        out.println(String.format("    Chunk table offset:     0x%x", tables.chunks()));
        out.println(String.format("    Chunk table size:       0x%x", tables.chunksSize()));
        out.println("    ");
    }

    /** Version 6 states how many names there are, version 5 counts hard links once. */
    private long inodes() {
        return image.version() == RafsVersion.V6 ? image.nameCount() : image.inodeCount();
    }

    private void list() {
        for (Inode.Entry entry : current().entries()) {
            Inode inode = entry.inode();
            char sign = inode.isRegular() ? '-' : inode.isDirectory() ? 'd' : inode.isSymlink() ? 'l' : ' ';
            out.println(String.format("%c    %-8d \"%s\"", sign, inode.number(), entry.name()));
        }
    }

    private void changeDirectory(String name) throws WrongRequestException {
        if (name.equals("..")) {
            if (directories.size() > 1) {
                directories.pop();
            }
        } else if (!name.equals(".")) {
            Inode inode = child(name);
            if (!inode.isDirectory()) {
                throw new WrongRequestException(name + " is not a directory");
            }
            directories.push(inode);
        }
    }

    private Inode child(String name) throws WrongRequestException {
        Inode inode = current().child(ByteString.of(name));
        if (inode == null) {
            throw new WrongRequestException(name + " is not in this directory");
        }
        return inode;
    }

    private void printFile(String name) throws WrongRequestException {
        if (name.equals(".")) {
            Inode directory = directories.pop();
            Inode parent = directories.isEmpty() ? directory : directories.getFirst();
            directories.push(directory);
            ByteString own = parent.entries().stream()
                    .filter(entry -> entry.inode().equals(directory))
                    .map(Inode.Entry::name)
                    .findFirst()
                    .orElse(ByteString.of("/"));
            print(own, parent, directory);
            return;
        }
        Inode inode = child(name);
        print(ByteString.of(name), current(), inode);
        if (inode.isRegular()) {
            printChunks(inode);
        }
    }

    private void print(ByteString name, Inode parent, Inode inode) {
        Instant modified = inode.modified();
        out.println();
        out.println("Inode Number:       " + inode.number());
        out.println("Name:               \"" + name + "\"");
        out.println("Size:               " + inode.size());
        out.println("Parent:             " + parent.number());
        out.println(String.format("Mode:               0x%X", inode.mode()));
        out.println(String.format("Permissions:        %o", inode.mode()));
        out.println("Nlink:              " + inode.links());
        out.println("UID:                " + inode.uid());
        out.println("GID:                " + inode.gid());
        out.println("Mtime:              " + modified.getEpochSecond());
        out.println("MtimeNsec:          " + modified.getNano());
        out.println("Blocks:             " + inode.blocks());
    }

    private void printChunks(Inode inode) {
        out.println("  Chunk list:");
        int number = 0;
        for (Chunk chunk : inode.chunks()) {
            out.println("        " + number + " ->");
            out.println(
                    "        file offset: " + (long) number * image.chunkSize() + ", chunk index: " + chunk.index());
            out.println("        compressed size: " + chunk.compressedSize() + ", decompressed size: "
                    + chunk.uncompressedSize());
            out.println("        compressed offset: " + chunk.compressedOffset() + ", decompressed offset: "
                    + chunk.uncompressedOffset());
            out.println("        blob id: " + image.blobs().get(chunk.blob()).id());
            out.println("        chunk id: " + hex(chunk.digest()));
            out.println("    ");
            number++;
        }
    }

    private void print(BlobInfo blob) {
        Optional<ChunkInfoTable> table = blob.chunkInfo();
        Optional<BlobContents> contents = blob.contents();
        out.println();
        out.println("Blob Index:             " + blob.index());
        out.println("Blob ID:                " + blob.id());
        out.println("Raw Blob ID:            " + blob.id());
        out.println("Blob Size:              " + blob.compressedSize());
        out.println("Compressed Data Size:   " + blob.chunksSize());
        out.println("Uncompressed Data Size: " + blob.uncompressedSize());
        out.println("Mapped Block Address:   " + image.tables().mappedBlocks().get(blob.index()));
        out.println("Features:               " + blob.features().symbols());
        out.println("Compressor:             " + blob.compressor());
        out.println("Digester:               " + (blob.digester() == Digester.BLAKE3 ? "Blake3" : "Sha256"));
        out.println("Cipher:                 None");
        out.println(String.format("Chunk Size:             0x%x", blob.chunkSize()));
        out.println("Chunk Count:            " + blob.chunkCount());
        out.println("Prefetch Table Offset:  0");
        out.println("Prefetch Table Size:    " + blob.readAhead());
        out.println("Meta Compressor:        "
                + table.map(ChunkInfoTable::compressor).orElse(Compressor.NONE));
        out.println(
                "Meta Offset:            " + table.map(ChunkInfoTable::offset).orElse(0L));
        out.println("Meta Compressed Size:   "
                + table.map(ChunkInfoTable::compressedSize).orElse(0L));
        out.println("Meta Uncompressed Size: "
                + table.map(ChunkInfoTable::uncompressedSize).orElse(0L));
        out.println("ToC Digest:             "
                + contents.map(BlobContents::sha256).map(Inspector::hex).orElse(NO_DIGEST));
        out.println(
                "ToC Size:               " + contents.map(BlobContents::size).orElse(0));
        Optional<ChunkInfoTable> elsewhere = table.filter(info -> info.blobSize() > 0);
        out.println("RAFS Blob Digest:       "
                + elsewhere.map(ChunkInfoTable::blobId).orElse(NO_DIGEST));
        out.println("RAFS Blob Size:         "
                + elsewhere.map(ChunkInfoTable::blobSize).orElse(0L));
    }

    private void printPrefetch() {
        out.println("Total Prefetching Files: " + image.prefetch().size());
        for (Inode inode : image.prefetch()) {
            out.println(
                    String.format("Inode Number:%10d | Path: \"%s\" ", inode.number(), String.join(" ", paths(inode))));
        }
    }

    /** All files that have the chunk at that position of a blob. */
    private void printChunks(long offset) {
        for (Name file : names()) {
            for (Chunk chunk : file.inode().chunks()) {
                if (chunk.compressedOffset() == offset) {
                    print(file, chunk);
                }
            }
        }
    }

    private void print(Name file, Chunk chunk) {
        String directory = file.path().substring(0, file.path().lastIndexOf('/') + 1);
        out.println();
        out.println(String.format("File: %-32s Parent Path: %-32s", file.name(), directory));
        out.println("Compressed Offset: " + chunk.compressedOffset() + ", Compressed Size: " + chunk.compressedSize());
        out.println("Decompressed Offset: " + chunk.uncompressedOffset() + ", Decompressed Size: "
                + chunk.uncompressedSize());
        out.println("Chunk ID: " + hex(chunk.digest()) + ",");
        out.println("Blob ID: " + image.blobs().get(chunk.blob()).id());
        out.println();
    }

    private void printInode(long number) throws WrongRequestException {
        List<Name> found =
                names().stream().filter(name -> name.inode().number() == number).toList();
        if (found.isEmpty()) {
            throw new WrongRequestException("there is no inode " + number);
        }
        for (Name name : found) {
            out.println(name.path());
            print(name.name(), name.parent(), name.inode());
        }
    }

    private JsonNode blobs() {
        ArrayNode answer = mapper.createArrayNode();
        for (BlobInfo blob : image.blobs()) {
            answer.addObject()
                    .put("blob_id", blob.id())
                    .put("compressed_size", blob.compressedSize())
                    .put("decompressed_size", blob.uncompressedSize())
                    .put("readahead_offset", 0)
                    .put("readahead_size", blob.readAhead());
        }
        return answer;
    }

    private JsonNode prefetch() {
        ArrayNode answer = mapper.createArrayNode();
        for (Inode inode : image.prefetch()) {
            ObjectNode file = answer.addObject().put("inode", inode.number());
            paths(inode).forEach(path -> file.withArray("/path").add(path));
        }
        return answer;
    }

    /** All paths of a file that is fetched early, with the slash at their end that the original has there. */
    private List<String> paths(Inode inode) {
        boolean slash = !inode.equals(image.root()) && (inode.isDirectory() || image.version() == RafsVersion.V5);
        return names().stream()
                .filter(name -> name.inode().equals(inode))
                .map(name -> slash ? name.path() + "/" : name.path())
                .toList();
    }

    private List<Name> names() {
        List<Name> names = new ArrayList<>();
        Deque<Name> rest = new ArrayDeque<>(List.of(new Name("/", ByteString.of("/"), image.root(), image.root())));
        for (Name name = rest.poll(); name != null; name = rest.poll()) {
            names.add(name);
            String prefix = name.path().endsWith("/") ? name.path() : name.path() + "/";
            for (Inode.Entry entry : name.inode().entries().reversed()) {
                rest.push(new Name(prefix + entry.name(), entry.name(), name.inode(), entry.inode()));
            }
        }
        return names;
    }

    private static String hex(ByteString digest) {
        return HexFormat.of().formatHex(digest.toBytes());
    }
}
