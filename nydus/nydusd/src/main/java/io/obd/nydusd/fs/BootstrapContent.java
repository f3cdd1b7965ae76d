package io.obd.nydusd.fs;

import io.obd.rafs.KernelBootstrap;
import java.nio.ByteBuffer;

/** A bootstrap as a file. */
final class BootstrapContent extends ReadOnlyFile {
    private final KernelBootstrap bootstrap;

    BootstrapContent(KernelBootstrap bootstrap) {
        this.bootstrap = bootstrap;
    }

    @Override
    public long size() {
        return bootstrap.size();
    }

    @Override
    public void read(long offset, ByteBuffer dst) {
        bootstrap.read(offset, dst);
    }

    @Override
    public String toString() {
        return "bootstrap";
    }
}
