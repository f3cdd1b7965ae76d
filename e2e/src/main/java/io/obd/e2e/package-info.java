/**
 * A private overlaybd installation in one directory: registry, containerd, backend and snapshotter with their own sockets
 * and roots. The tests and the quick start run on it.
 */
@NullMarked
package io.obd.e2e;

import org.jspecify.annotations.NullMarked;
