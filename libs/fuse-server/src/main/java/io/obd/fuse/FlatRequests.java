package io.obd.fuse;

import io.obd.linux.Errno;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The requests of a mount with one directory. */
final class FlatRequests implements Requests {
    private final Supplier<Directory> files;

    /** @param files the files now */
    FlatRequests(Supplier<Directory> files) {
        this.files = files;
    }

    @Override
    public int answer(int opcode, long id, ByteBuffer buffer, int payload) {
        return switch (opcode) {
            case Opcode.LOOKUP -> Metadata.lookup(files.get(), buffer, payload);
            case Opcode.GETATTR -> Metadata.getattr(files.get(), id, buffer);
            case Opcode.OPEN -> Metadata.open(files.get(), id, buffer, payload);
            case Opcode.OPENDIR -> Metadata.opendir(buffer);
            case Opcode.READDIR -> Metadata.readdir(files.get(), buffer, payload);
            case Opcode.STATFS -> Metadata.statfs(buffer);
            case Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.DESTROY -> 0;
            case Opcode.SETATTR -> -Errno.EPERM.number();
            case Opcode.FORGET, Opcode.BATCH_FORGET -> NO_ANSWER;
            // The kernel does not ask again for what is not implemented: FLUSH, INTERRUPT, ACCESS, xattrs, …
            default -> -Errno.ENOSYS.number();
        };
    }

    @Override
    public @Nullable Node node(long id, @Nullable Node last) {
        return files.get().byId(id);
    }

    @Override
    public int alignment() {
        return FuseFile.ALIGNMENT;
    }
}
