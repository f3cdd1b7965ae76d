package io.obd.convertor;

import io.obd.registry.Digest;
import picocli.CommandLine.Option;

/** Where the source is and where the result goes. What is wrong is an IllegalArgumentException that names the flag. */
final class PlaceOptions {
    @Option(
            names = {"-r", "--repository"},
            required = true,
            paramLabel = "HOST[:PORT]/NAME",
            description = {
                "repository of the source and of the result; or files:",
                "oci:DIR is an OCI layout, oci-archive:FILE a tar of one, docker-archive:FILE what docker save makes"
            })
    private String repository = "";

    @Option(
            names = {"-i", "--input-tag"},
            paramLabel = "TAG",
            description = "tag of the source; not needed for files with a single image")
    private String inputTag = "";

    @Option(
            names = {"-g", "--input-digest"},
            paramLabel = "DIGEST",
            description = "digest of the source, where it has no tag")
    private String inputDigest = "";

    @Option(
            names = {"-o", "--output-tag"},
            paramLabel = "TAG",
            description = "tag of the result, unless the format is named with the tag")
    private String outputTag = "";

    @Option(
            names = "--output-repository",
            paramLabel = "HOST[:PORT]/NAME",
            description = {
                "repository of the result, if it is another one; its password comes from the docker config file.",
                "Or files, as for --repository; archives must not be there yet"
            })
    private String outputRepository = "";

    String outputTag() {
        return outputTag;
    }

    Place source() {
        return place("--repository", repository);
    }

    Place target() {
        if (!outputRepository.isEmpty()) {
            return place("--output-repository", outputRepository);
        }
        Place same = source();
        if (same instanceof Place.InArchive) {
            throw new IllegalArgumentException(
                    "--output-repository is missing: an archive is not changed, the result has to go elsewhere");
        }
        return same;
    }

    /** What the source is called where it is. */
    String reference() {
        Place source = source();
        if (!inputTag.isEmpty()) {
            if (source instanceof Place.InRegistry) {
                source.check(inputTag);
            }
            return inputTag;
        }
        if (!inputDigest.isEmpty()) {
            return Digest.parse(inputDigest).toString();
        }
        if (source instanceof Place.InRegistry) {
            throw new IllegalArgumentException("the source is missing: give --input-tag or --input-digest");
        }
        return "";
    }

    void findIdle(IdleFlags idle) {
        if (!inputTag.isEmpty() && !inputDigest.isEmpty()) {
            idle.note("--input-digest", "the source is named by its tag");
        }
    }

    private static Place place(String flag, String text) {
        try {
            return Place.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(flag + ": " + e.getMessage(), e);
        }
    }
}
