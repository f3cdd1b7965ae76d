/**
 * Building of images: {@link io.obd.rafs.build.ImageBuilder} makes a blob and a bootstrap out of files. Below it are
 * {@link io.obd.rafs.data.BlobWriter} for content, {@link io.obd.rafs.Node} for trees and
 * {@link io.obd.rafs.BootstrapWriter} for bootstraps, for who has no files but images.
 */
package io.obd.rafs.build;
