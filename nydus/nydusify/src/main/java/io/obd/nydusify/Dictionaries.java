package io.obd.nydusify;

import io.obd.convert.ConversionException;
import io.obd.convert.ConversionTarget;
import io.obd.linux.Reason;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.ImageFormat;
import io.obd.registry.Descriptor;
import io.obd.registry.Digest;
import io.obd.registry.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Opens dictionaries for one conversion.
 *
 * @param target where the result goes
 * @param transport to the registry of the target
 * @param readers read the blobs that are in the target
 * @param format of the layers that will use them
 * @param platform which image of an index is meant
 * @param work for files that go away
 */
record Dictionaries(
        Job job,
        Place target,
        Transport transport,
        NydusEngine.LayerReaders readers,
        ImageFormat format,
        Platform platform,
        Path work) {

    Dictionary open(DictionaryOptions.Choice choice) throws IOException {
        return switch (choice) {
            case DictionaryOptions.Choice.InFile file ->
                Dictionary.of(
                        file.bootstrap().toString(), Bootstrap.load(file.bootstrap()), format, this::describePresent);
            case DictionaryOptions.Choice.InRegistry image -> open(image);
        };
    }

    private Descriptor describePresent(Digest blob, ConversionTarget anywhere) throws IOException {
        try (var reader = readers.open(blob)) {
            return Descriptor.of(NydusFormat.BLOB_TYPE, blob, reader.size())
                    .withAnnotations(Map.of(NydusFormat.BLOB, NydusFormat.TRUE));
        } catch (IOException e) {
            throw new ConversionException(
                    "blob " + blob + " of the dictionary is not where the image goes: " + Reason.of(e), e);
        }
    }

    private Dictionary open(DictionaryOptions.Choice.InRegistry choice) throws IOException {
        Place place = new Place.InRegistry(choice.name());
        Images.Source source = job.images().source(place, choice.transport());
        ParsedImage image = ParsedImage.read(source.content(), place.toString(), source.reference(), platform);
        ImageDocuments documents = image.nydus();
        if (documents == null) {
            throw new ConversionException("--chunk-dict: " + place + " is no nydus image");
        }
        Bootstrap bootstrap = new BootstrapRule(image, documents, work.resolve("dictionary.boot")).check();
        BlobCopy copy = new BlobCopy(
                source.content(), job.images().known(target, transport, place), work, job.log(), job.cancellation());
        List<Descriptor> layers = documents.manifest().layers();
        return Dictionary.of(place.toString(), bootstrap, format, (blob, where) -> {
            Descriptor layer = layers.stream()
                    .filter(candidate -> candidate.digest().equals(blob))
                    .findFirst()
                    .orElseThrow(() -> new ConversionException(place + " has no layer " + blob));
            copy.run(List.of(layer), where);
            return layer;
        });
    }
}
