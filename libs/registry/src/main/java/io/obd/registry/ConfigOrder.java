package io.obd.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The order and form in which the Go structures of the OCI image specification write an image configuration. */
final class ConfigOrder {
    private static final List<String> IMAGE = List.of(
            "created",
            "author",
            "architecture",
            "variant",
            "os",
            "os.version",
            "os.features",
            "config",
            "rootfs",
            "history");
    private static final List<String> RUNTIME = List.of(
            "User",
            "ExposedPorts",
            "Env",
            "Entrypoint",
            "Cmd",
            "Volumes",
            "WorkingDir",
            "Labels",
            "StopSignal",
            "ArgsEscaped");
    private static final List<String> HISTORY = List.of("created", "created_by", "author", "comment", "empty_layer");
    private static final Set<String> ALWAYS_WRITTEN = Set.of("architecture", "os", "config", "rootfs");
    private static final Pattern TIME = Pattern.compile(
            "(\\d{4}-\\d\\d-\\d\\d)[Tt](\\d\\d:\\d\\d:\\d\\d)(?:[.,](\\d{1,9})\\d*)?([Zz]|[+-]\\d\\d:\\d\\d)");

    private ConfigOrder() {}

    static ObjectNode arrange(ObjectNode source) {
        ObjectNode image = JsonNodeFactory.instance.objectNode();
        for (String name : IMAGE) {
            JsonNode value = source.get(name);
            switch (name) {
                case "created" -> put(image, name, time(value));
                case "config" ->
                    image.set(name, known(RUNTIME, value instanceof ObjectNode o ? o : image.objectNode()));
                case "history" -> put(image, name, history(value));
                case "architecture", "os" -> image.set(name, value == null ? TextNode.valueOf("") : value);
                default -> put(image, name, value);
            }
        }
        putUnknown(image, IMAGE, source);
        return image;
    }

    private static ObjectNode known(List<String> order, ObjectNode source) {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        for (String name : order) {
            JsonNode value = source.get(name);
            put(out, name, value instanceof ObjectNode map ? sorted(map) : value);
        }
        putUnknown(out, order, source);
        return out;
    }

    private static JsonNode history(JsonNode value) {
        if (!(value instanceof ArrayNode entries)) {
            return JsonNodeFactory.instance.nullNode();
        }
        ArrayNode out = JsonNodeFactory.instance.arrayNode();
        for (JsonNode entry : entries) {
            if (entry instanceof ObjectNode object) {
                ObjectNode ordered = known(HISTORY, object);
                if (ordered.has("created")) {
                    ordered.set("created", time(ordered.get("created")));
                }
                out.add(ordered);
            } else {
                out.add(entry);
            }
        }
        return out;
    }

    private static ObjectNode sorted(ObjectNode map) {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        TreeSet<String> names = new TreeSet<>();
        map.fieldNames().forEachRemaining(names::add);
        names.forEach(name -> out.set(name, map.get(name)));
        return out;
    }

    private static void putUnknown(ObjectNode out, List<String> order, ObjectNode source) {
        source.properties().stream()
                .filter(field -> !order.contains(field.getKey()))
                .forEach(field -> out.set(field.getKey(), field.getValue()));
    }

    private static void put(ObjectNode out, String name, JsonNode value) {
        if (value != null && (ALWAYS_WRITTEN.contains(name) || !isEmpty(value))) {
            out.set(name, value);
        }
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isNull()
                || value.isMissingNode()
                || (value.isContainerNode() && value.isEmpty())
                || (value.isTextual() && value.textValue().isEmpty())
                || (value.isBoolean() && !value.booleanValue());
    }

    /** A time as Go writes it: the fraction without trailing zeros, UTC as Z. Other texts stay as they are. */
    private static JsonNode time(JsonNode value) {
        if (value == null || !value.isTextual()) {
            return JsonNodeFactory.instance.nullNode();
        }
        Matcher m = TIME.matcher(value.textValue());
        if (!m.matches()) {
            return value;
        }
        String fraction = m.group(3) == null ? "" : m.group(3).replaceFirst("0+$", "");
        String zone = m.group(4).matches("[Zz]|[+-]00:00") ? "Z" : m.group(4);
        return TextNode.valueOf(m.group(1) + "T" + m.group(2) + (fraction.isEmpty() ? "" : "." + fraction) + zone);
    }
}
