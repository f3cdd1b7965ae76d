/** Where the blobs of nydus images come from: local files and registries. */
@org.jspecify.annotations.NullMarked
package io.obd.nydusbackend;
