package io.obd.tcmu.trace;

import io.obd.block.BlobReader;
import io.obd.block.BlockStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads ahead what a trace says, so that it is in the cache when the device is asked for it. */
final class TraceReplay implements ImageTrace {
    private static final Logger log = LoggerFactory.getLogger(TraceReplay.class);

    private final String name;
    private final List<TraceRead> reads;
    private final Set<Integer> wanted;
    private final int concurrency;
    private final Map<Integer, BlobReader> layers = new ConcurrentHashMap<>();
    private @Nullable ReadAhead ahead;

    /** @param wanted layers that are to be read ahead; reads of others are left out */
    TraceReplay(String name, List<TraceRead> reads, Set<Integer> wanted, int concurrency) {
        this.name = name;
        this.reads = reads;
        this.wanted = wanted;
        this.concurrency = concurrency;
    }

    @Override
    public BlobReader tap(int layer, BlobReader plain) {
        if (wanted.contains(layer)) {
            layers.put(layer, plain);
        }
        return plain;
    }

    @Override
    public void start(BlockStore image) {
        List<TraceRead> possible = reads.stream().filter(this::isPossible).toList();
        log.info("replaying {} of the {} reads in {}", possible.size(), reads.size(), name);
        ahead = ReadAhead.start(name, possible.stream().flatMap(this::pieces).iterator(), concurrency);
    }

    private boolean isPossible(TraceRead read) {
        BlobReader layer = layers.get(read.layer());
        return layer != null && read.count() <= layer.size() && read.offset() <= layer.size() - read.count();
    }

    private Stream<ReadAhead.Read> pieces(TraceRead read) {
        BlobReader layer = layers.get(read.layer());
        if (layer == null) {
            return Stream.empty();
        }
        ReadAhead.Source source = new LayerSource(layer);
        return LongStream.iterate(0, at -> at < read.count(), at -> at + ReadAhead.MAX_READ)
                .mapToObj(at -> new ReadAhead.Read(
                        source, read.offset() + at, (int) Math.min(ReadAhead.MAX_READ, read.count() - at)));
    }

    private record LayerSource(BlobReader layer) implements ReadAhead.Source {
        @Override
        public void read(long offset, ByteBuffer dst) throws IOException {
            layer.read(offset, dst);
        }

        @Override
        public boolean willNeed(long offset, int count) {
            return layer.willNeed(offset, count);
        }
    }

    @Override
    public void close() {
        if (ahead != null) {
            ahead.stop();
        }
    }
}
