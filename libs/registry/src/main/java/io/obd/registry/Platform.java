package io.obd.registry;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an image runs on, in the words of the OCI image specification.
 *
 * @param architecture {@code amd64}, {@code arm64}, …
 * @param os {@code linux}
 * @param osVersion {@code os.version}, null if not given
 * @param osFeatures {@code os.features}
 * @param variant variant of the architecture ({@code v7}), null if not given
 */
@JsonPropertyOrder({"architecture", "os", "os.version", "os.features", "variant"})
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Platform(
        @JsonInclude String architecture,
        @JsonInclude String os,
        @JsonProperty("os.version") @Nullable String osVersion,
        @JsonProperty("os.features") List<String> osFeatures,
        @Nullable String variant) {

    public Platform {
        architecture = OciJson.orEmpty(architecture);
        os = OciJson.orEmpty(os);
        osFeatures = OciJson.orEmpty(osFeatures);
    }

    /** A platform of these three; a null variant is none. */
    public static Platform of(String os, String architecture, @Nullable String variant) {
        return new Platform(architecture, os, null, List.of(), variant);
    }

    /**
     * Reads {@code os/architecture[/variant]}.
     *
     * @throws IllegalArgumentException if it is not that
     */
    public static Platform parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length < 2 || parts.length > 3 || !text.matches("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no platform: OS/ARCHITECTURE[/VARIANT] is expected, as in linux/arm64/v8");
        }
        return of(parts[0], parts[1], parts.length == 3 ? parts[2] : null);
    }

    /** The platform of this machine. */
    public static Platform host() {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return switch (arch) {
            case "amd64", "x86_64" -> of("linux", "amd64", null);
            case "aarch64", "arm64" -> of("linux", "arm64", "v8");
            default -> of("linux", arch, null);
        };
    }

    /** Whether an image of {@code other} runs here: equal, where arm64 without a variant is v8. */
    public boolean runs(Platform other) {
        return os.equals(other.os)
                && architecture.equals(other.architecture)
                && effectiveVariant().equals(other.effectiveVariant());
    }

    @JsonIgnore
    private String effectiveVariant() {
        if (variant == null || variant.isEmpty()) {
            return architecture.equals("arm64") ? "v8" : "";
        }
        return architecture.equals("amd64") && variant.equals("v1") ? "" : variant;
    }

    /** {@code os/architecture[/variant]} */
    @Override
    public String toString() {
        return os + "/" + architecture + (variant == null || variant.isEmpty() ? "" : "/" + variant);
    }
}
