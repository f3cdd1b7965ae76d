package io.obd.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The configuration document of an image. It is kept as a tree, so that what this program does not know (health
 * checks, shells, fields of builders) survives a rewrite; what it knows is written in the order and form of the OCI
 * structures.
 */
public final class ImageConfiguration {
    private final ObjectNode tree;

    private ImageConfiguration(ObjectNode tree) {
        this.tree = tree;
    }

    /**
     * Reads a configuration.
     *
     * @throws IOException if the bytes are no JSON object
     */
    public static ImageConfiguration parse(byte[] json) throws IOException {
        JsonNode node = OciJson.read(json, JsonNode.class, "the image configuration");
        if (node instanceof ObjectNode object) {
            return new ImageConfiguration(object);
        }
        throw new IOException("the image configuration is not valid: it is no JSON object");
    }

    /**
     * Digests of the uncompressed layers, bottom to top.
     *
     * @throws IOException if the list is not one of digests
     */
    public List<Digest> diffIds() throws IOException {
        JsonNode list = tree.path("rootfs").path("diff_ids");
        List<Digest> ids = new ArrayList<>(list.size());
        for (JsonNode id : list) {
            try {
                ids.add(Digest.parse(id.asText()));
            } catch (IllegalArgumentException e) {
                throw new IOException("the image configuration is not valid: rootfs.diff_ids: " + e.getMessage(), e);
            }
        }
        return List.copyOf(ids);
    }

    /** The platform it says it is for. */
    public Platform platform() {
        return Platform.of(
                tree.path("os").asText(),
                tree.path("architecture").asText(),
                tree.path("variant").asText(""));
    }

    /** The whole document; not to be changed. */
    public JsonNode tree() {
        return tree;
    }

    /** The same image made of other layers. */
    public ImageConfiguration withDiffIds(List<Digest> diffIds) {
        ObjectNode copy = tree.deepCopy();
        ObjectNode rootfs = copy.putObject("rootfs");
        rootfs.put("type", "layers");
        ArrayNode list = rootfs.putArray("diff_ids");
        diffIds.forEach(id -> list.add(id.toString()));
        return new ImageConfiguration(copy);
    }

    /**
     * The same image as something that was made just now.
     *
     * @param createdBy what the entry says that is put in front of its history
     */
    public ImageConfiguration createdAgain(Instant now, String createdBy) {
        ObjectNode copy = tree.deepCopy();
        copy.put("created", now.toString());
        ArrayNode history = copy.arrayNode();
        history.addObject().put("created", now.toString()).put("created_by", createdBy);
        if (copy.get("history") instanceof ArrayNode entries) {
            history.addAll(entries);
        }
        copy.set("history", history);
        return new ImageConfiguration(copy);
    }

    /**
     * The same image with one more entry in its history, without a time.
     *
     * @param first whether the entry goes before all others, or behind them
     */
    public ImageConfiguration withHistory(String createdBy, String comment, boolean first) {
        ObjectNode copy = tree.deepCopy();
        ArrayNode history = copy.arrayNode();
        if (copy.get("history") instanceof ArrayNode entries) {
            history.addAll(entries);
        }
        history.insertObject(first ? 0 : history.size())
                .put("created_by", createdBy)
                .put("comment", comment);
        copy.set("history", history);
        return new ImageConfiguration(copy);
    }

    /** The bytes to push: known fields first and in order, then the unknown ones as they came. */
    public byte[] toJson() {
        return OciJson.write(ConfigOrder.arrange(tree));
    }
}
