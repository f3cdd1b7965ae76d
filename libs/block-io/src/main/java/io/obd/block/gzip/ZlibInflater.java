package io.obd.block.gzip;

import io.obd.block.MalformedBlockException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The zlib of the JDK. */
final class ZlibInflater implements RawInflater {
    private final Inflater inflater = new Inflater(true);

    @Override
    public void start(byte[] window) {
        inflater.reset();
        inflater.setDictionary(window);
    }

    @Override
    public void setInput(ByteBuffer input) {
        inflater.setInput(input);
    }

    @Override
    public boolean needsInput() {
        return inflater.needsInput();
    }

    @Override
    public void inflate(ByteBuffer dst) throws MalformedBlockException {
        try {
            inflater.inflate(dst);
        } catch (DataFormatException e) {
            throw new MalformedBlockException("no deflate stream: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        inflater.end();
    }
}
