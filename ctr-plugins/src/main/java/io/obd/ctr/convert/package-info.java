/** Converting images that containerd has. */
@NullMarked
package io.obd.ctr.convert;

import org.jspecify.annotations.NullMarked;
