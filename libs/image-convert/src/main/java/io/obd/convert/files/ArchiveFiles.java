package io.obd.convert.files;

import io.obd.block.BlobInputStream;
import io.obd.block.BlobWindow;
import io.obd.block.FileBlob;
import io.obd.convert.ConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;

/** The files of a tar, which is not compressed: they are read where they are. */
final class ArchiveFiles implements NamedFiles {
    private static final int MAX_LINKS = 8;

    private final Path archive;
    private final FileBlob blob;
    private final Map<String, Member> members;

    /**
     * A member of the archive.
     *
     * @param offset of its content in the archive
     * @param size bytes
     * @param link the member it stands for, null for a file
     */
    private record Member(long offset, long size, @Nullable String link) {}

    private ArchiveFiles(Path archive, FileBlob blob, Map<String, Member> members) {
        this.archive = archive;
        this.blob = blob;
        this.members = members;
    }

    static ArchiveFiles open(Path archive) throws IOException {
        if (!Files.isRegularFile(archive)) {
            throw new ConversionException(archive + " is no file");
        }
        Map<String, Member> members = new HashMap<>();
        try (TarFile tar = new TarFile(archive)) {
            for (TarArchiveEntry entry : tar.getEntries()) {
                members.put(name(entry.getName()), member(entry));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new ConversionException(
                    archive + " is no tar, or it is compressed (decompress it first): " + e.getMessage(), e);
        }
        return new ArchiveFiles(archive, FileBlob.open(archive), members);
    }

    private static Member member(TarArchiveEntry entry) {
        if (entry.isSymbolicLink()) {
            // Old versions of docker save point from one image's directory into that of another.
            Path parent = Path.of(name(entry.getName())).getParent();
            Path target = Path.of(entry.getLinkName());
            return new Member(
                    0,
                    0,
                    (parent == null ? target : parent.resolve(target))
                            .normalize()
                            .toString());
        }
        return new Member(entry.getDataOffset(), entry.getSize(), entry.isLink() ? name(entry.getLinkName()) : null);
    }

    private static String name(String name) {
        return Path.of("/").resolve(name).normalize().toString().substring(1);
    }

    @Override
    public boolean contains(String name) {
        return members.containsKey(name);
    }

    @Override
    public long size(String name) throws IOException {
        return member(name).size();
    }

    private Member member(String name) throws ConversionException {
        String wanted = name;
        for (int i = 0; i < MAX_LINKS; i++) {
            Member member = members.get(wanted);
            if (member == null) {
                throw new ConversionException(place(name) + " is missing");
            }
            if (member.link() == null) {
                return member;
            }
            wanted = member.link();
        }
        throw new ConversionException(place(name) + " leads through more than " + MAX_LINKS + " links");
    }

    @Override
    public InputStream open(String name) throws IOException {
        Member member = member(name);
        if (member.size() > blob.size() - member.offset()) {
            throw new ConversionException(place(name) + ": the archive ends in it, at byte " + blob.size());
        }
        return new BlobInputStream(new BlobWindow(blob, member.offset(), member.size(), name));
    }

    @Override
    public String place(String name) {
        return archive + ": " + name;
    }

    @Override
    public void close() throws IOException {
        blob.close();
    }
}
