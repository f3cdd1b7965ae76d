package io.obd.nydussnapshotter;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;

/**
 * Mount option {@code extraoption}: what it takes to mount a nydus image elsewhere, as JSON in base64. It holds
 * credentials.
 *
 * @param config of a daemon
 * @param snapshot directory of the container's snapshot
 * @param version {@code v5} or {@code v6}
 */
record ExtraOption(Path bootstrap, String config, Path snapshot, String version) {
    private static final JsonMapper JSON = new JsonMapper();

    String option() {
        ObjectNode json = JSON.createObjectNode();
        json.put("source", bootstrap.toString());
        json.put("config", config);
        json.put("snapshotdir", snapshot.toString());
        json.put("fs_version", version);
        return "extraoption="
                + Base64.getEncoder().encodeToString(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "extraoption of " + bootstrap;
    }
}
