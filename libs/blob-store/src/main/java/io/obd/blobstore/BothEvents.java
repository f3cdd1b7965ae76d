package io.obd.blobstore;

import java.io.IOException;

/** Tells two of what happens. */
record BothEvents(BlobEvents first, BlobEvents second) implements BlobEvents {

    @Override
    public void hit(String blob, long offset, int bytes, long nanos) {
        first.hit(blob, offset, bytes, nanos);
        second.hit(blob, offset, bytes, nanos);
    }

    @Override
    public void missed(String blob, long offset, int bytes, long nanos) {
        first.missed(blob, offset, bytes, nanos);
        second.missed(blob, offset, bytes, nanos);
    }

    @Override
    public void fetched(String blob, long offset, long bytes, long nanos) {
        first.fetched(blob, offset, bytes, nanos);
        second.fetched(blob, offset, bytes, nanos);
    }

    @Override
    public void failed(String blob, long offset, IOException reason) {
        first.failed(blob, offset, reason);
        second.failed(blob, offset, reason);
    }

    @Override
    public void refused(String blob, long offset, IOException reason) {
        first.refused(blob, offset, reason);
        second.refused(blob, offset, reason);
    }
}
