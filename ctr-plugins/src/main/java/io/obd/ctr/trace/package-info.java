/** Recording what a container reads first, and making a layer of it. */
@NullMarked
package io.obd.ctr.trace;

import org.jspecify.annotations.NullMarked;
