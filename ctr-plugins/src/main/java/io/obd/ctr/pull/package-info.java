/** Pulling an image into containerd so that a snapshotter that can do without a layer's bytes does not get them. */
@NullMarked
package io.obd.ctr.pull;

import org.jspecify.annotations.NullMarked;
