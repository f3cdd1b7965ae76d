package io.obd.convert;

import io.obd.registry.Descriptor;
import io.obd.registry.Index;
import io.obd.registry.MediaTypes;
import io.obd.registry.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Converts what a reference stands for: an image, or an index with all its images and the indexes in it. The images of
 * an index are converted beside each other. An index takes its name when all of them are there.
 */
public final class TreeConversion {
    private static final int MAX_NESTED_INDEXES = 4;
    private static final String NYDUS = "is a nydus image already";

    private final ConversionSource source;
    private final TreeTarget target;
    private final TreeOptions options;
    private final ImageStep step;
    private final BiConsumer<Descriptor, String> skipped;
    private final Cancellation cancellation;
    private final Semaphore turns;

    /**
     * @param step converts one image; what it throws stops the others through {@code cancellation}
     * @param skipped told the entries of indexes that are not converted, and why
     */
    public TreeConversion(
            ConversionSource source,
            TreeTarget target,
            TreeOptions options,
            ImageStep step,
            BiConsumer<Descriptor, String> skipped,
            Cancellation cancellation) {
        this.source = source;
        this.target = target;
        this.options = options;
        this.step = step;
        this.skipped = skipped;
        this.cancellation = cancellation;
        this.turns = new Semaphore(options.concurrency() == 0 ? Integer.MAX_VALUE : options.concurrency());
    }

    /**
     * Converts and returns the descriptor of the topmost document.
     *
     * @param reference names it in the source
     * @throws ConversionException if there is something that is neither an image nor an index, or nothing for the wanted
     *     platforms
     * @throws CancellationException if it was cancelled
     */
    public Descriptor run(String reference) throws IOException {
        if (options.platforms().size() == 1) {
            Platform only = options.platforms().getFirst();
            return image(reference, SourceImage.resolve(source, reference, only), List.of());
        }
        return document(reference, source.resolve(reference), List.of());
    }

    /** @param place numbers of the document in its index, and of the indexes above in theirs; empty at the top */
    private Descriptor document(String name, Descriptor document, List<Integer> place) throws IOException {
        return MediaTypes.isIndex(document.mediaType())
                ? index(name, document, place)
                : image(name, SourceImage.read(source, name, document), place);
    }

    private Descriptor image(String name, SourceImage image, List<Integer> place) throws IOException {
        boolean top = place.isEmpty();
        String numbers = top ? "1" : place.stream().map(String::valueOf).collect(Collectors.joining("."));
        image.requireOrdinary(name);
        turns.acquireUninterruptibly();
        try {
            cancellation.check();
            return step.convert(image, numbers, top, target.image(top));
        } finally {
            turns.release();
        }
    }

    private Descriptor index(String name, Descriptor document, List<Integer> place) throws IOException {
        if (place.size() == MAX_NESTED_INDEXES) {
            throw new ConversionException(name + ": indexes are nested more than " + MAX_NESTED_INDEXES + " deep");
        }
        Index index = Index.parse(source.document(document));
        List<Descriptor> entries = wanted(name, index);
        List<Future<@Nullable Descriptor>> results = new ArrayList<>();
        // Closing it waits for all: nothing is at work any more when this fails.
        try (ExecutorService conversions = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("image-", 0).factory())) {
            for (Descriptor entry : entries) {
                List<Integer> below = new ArrayList<>(place);
                below.add(results.size() + 1);
                results.add(conversions.submit(() -> entry(entry, below)));
            }
        }
        cancellation.throwReason();
        List<Descriptor> converted = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            Descriptor result = results.get(i).resultNow();
            if (result != null) {
                converted.add(entries.get(i).withContent(result.mediaType(), result.digest(), result.size()));
            }
        }
        if (converted.isEmpty()) {
            throw noOrdinary(name);
        }
        return target.putIndex(result(index, document, converted), place.isEmpty());
    }

    /** The result of an entry; null if it is not converted, as when the whole is cancelled. */
    private @Nullable Descriptor entry(Descriptor entry, List<Integer> place) {
        String name = entry.digest().toString();
        try {
            if (MediaTypes.isManifest(entry.mediaType())) {
                SourceImage image = SourceImage.read(source, name, entry);
                if (image.isNydus()) {
                    skipped.accept(entry, NYDUS);
                    return null;
                }
                return image(name, image, place);
            }
            return document(name, entry, place);
        } catch (CancellationException e) {
            cancellation.cancel(e);
        } catch (IOException e) {
            String of = entry.platform() == null ? "" : entry.platform() + ": ";
            cancellation.cancel(new ConversionException(of + e.getMessage(), e));
        } catch (RuntimeException | Error e) {
            cancellation.cancel(new IllegalStateException("the conversion of " + name + " failed", e));
        }
        return null;
    }

    private List<Descriptor> wanted(String name, Index index) throws IOException {
        List<Descriptor> entries = new ArrayList<>();
        for (Descriptor entry : index.manifests()) {
            if (Index.isAttestation(entry)) {
                skipped.accept(entry, "describes how an image was built and is none itself");
            } else if (NydusMarks.areOnEntry(entry)) {
                skipped.accept(entry, NYDUS);
            } else if (options.wants(entry)) {
                entries.add(entry);
            }
        }
        if (entries.isEmpty()) {
            throw noOrdinary(name);
        }
        return entries;
    }

    private ConversionException noOrdinary(String name) {
        return new ConversionException(name + " has no ordinary image for "
                + (options.platforms().isEmpty() ? "any platform" : options.platforms()));
    }

    private Index result(Index source, Descriptor document, List<Descriptor> converted) {
        String type = options.indexType() == null ? document.mediaType() : options.indexType();
        Index result = source.withManifests(type, converted);
        String referrer = options.referrerType();
        return referrer == null ? result : result.withSubject(referrer, Subject.of(document));
    }
}
