/** The nydus snapshotter: containerd's snapshots service for nydus and ordinary images. */
@NullMarked
package io.obd.nydussnapshotter;

import org.jspecify.annotations.NullMarked;
