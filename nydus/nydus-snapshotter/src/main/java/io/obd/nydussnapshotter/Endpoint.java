package io.obd.nydussnapshotter;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The host that answers for a registry.
 *
 * @param host with its port, if one is given
 * @param scheme http or https, if it is not for the daemon's template to say
 * @param certificates files with what signs its certificate, beside those of the template
 */
record Endpoint(String host, Optional<String> scheme, List<Path> certificates) {
    Endpoint {
        certificates = List.copyOf(certificates);
    }
}
