/** What builds overlaybd layers: the engines of conversions. */
@NullMarked
package io.obd.engines;

import org.jspecify.annotations.NullMarked;
