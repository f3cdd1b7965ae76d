/** {@code nydus-overlayfs}: makes the mounts that are overlays for everybody but a guest. */
@NullMarked
package io.obd.nydussnapshotter.overlay;

import org.jspecify.annotations.NullMarked;
