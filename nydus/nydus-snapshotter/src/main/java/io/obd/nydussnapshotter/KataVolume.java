package io.obd.nydussnapshotter;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Mount option {@code io.katacontainers.volume}: what a guest of Kata Containers mounts instead, as JSON in base64. Members
 * that are empty are left out.
 *
 * @param type {@code image_guest_pull}: the guest pulls the image itself
 * @param source the image
 * @param pull what the guest is told for it
 */
record KataVolume(String type, String source, List<String> options, Map<String, String> pull) {
    private static final String GUEST_PULL = "image_guest_pull";

    /** For runtimes that do not take an empty source. */
    private static final String NO_SOURCE = "dummy-image-reference";

    private static final JsonMapper JSON = new JsonMapper();

    /** @param annotations of the layer that the guest pulls */
    static KataVolume guestPull(Map<String, String> annotations) {
        Map<String, String> sorted = new TreeMap<>(annotations);
        return new KataVolume(
                GUEST_PULL,
                annotations.getOrDefault(Labels.CRI_IMAGE_REF, NO_SOURCE),
                sorted.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .toList(),
                sorted);
    }

    String option() {
        ObjectNode json = JSON.createObjectNode();
        json.put("volume_type", type);
        json.put("source", source);
        if (!options.isEmpty()) {
            ArrayNode list = json.putArray("options");
            options.forEach(list::add);
        }
        ObjectNode metadata = json.putObject("image_pull").putObject("metadata");
        pull.forEach(metadata::put);
        return "io.katacontainers.volume="
                + Base64.getEncoder().encodeToString(json.toString().getBytes(StandardCharsets.UTF_8));
    }
}
