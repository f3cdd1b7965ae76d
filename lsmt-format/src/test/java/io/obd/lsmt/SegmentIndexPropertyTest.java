package io.obd.lsmt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The indexes against arrays with one mapping for each sector. */
class SegmentIndexPropertyTest {
    private static final int SECTORS = 3000;
    private static final long HOLE = -1;

    @Property(tries = 60)
    void aMapAnswersLikeAnArray(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3000) int operations) {
        Random random = new Random(seed);
        long[] model = holes();
        SegmentMap map = fill(random, operations, model);

        assertThat(ascends(map.toList())).isTrue();
        assertThat(map.size()).isEqualTo(map.toList().size());
        assertThat(answers(map)).isEqualTo(model);
    }

    @Property(tries = 60)
    void anImmutableIndexAnswersLikeTheMapItIsMadeOf(
            @ForAll long seed, @ForAll @IntRange(min = 0, max = 3000) int operations) {
        long[] model = holes();
        SegmentIndex index =
                new SegmentIndex(fill(new Random(seed), operations, model).toList());

        assertThat(answers(index)).isEqualTo(model);
    }

    @Property(tries = 60)
    void aMergedIndexAnswersForTheHighestLayer(@ForAll long seed, @ForAll @IntRange(min = 1, max = 9) int layers) {
        Random random = new Random(seed);
        long[] model = holes();
        SegmentList[] indexes = new SegmentList[layers];
        for (int l = 0; l < layers; l++) {
            long[] layer = holes();
            indexes[l] = fill(random, random.nextInt(200), layer).toList();
            for (int s = 0; s < SECTORS; s++) {
                model[s] = layer[s] == HOLE ? model[s] : SegmentLayout.withTag(layer[s], l);
            }
        }

        SegmentIndex merged = new SegmentIndex(SegmentList.merge(List.of(indexes)));

        assertThat(answers(merged)).isEqualTo(model);
    }

    @Property(tries = 100)
    void everyEntryIsFoundWhereverItLies(@ForAll long seed, @ForAll @IntRange(max = 3000) int count) {
        Random random = new Random(seed);
        SegmentList entries = new SegmentList();
        long position = 0;
        for (int i = 0; i < count; i++) {
            int cluster = random.nextInt(100) == 0 ? 35 : 4;
            position += random.nextLong(1L << random.nextInt(cluster));
            int length = 1 + random.nextInt(SegmentLayout.MAX_LENGTH >> random.nextInt(10));
            entries.add(SegmentLayout.range(position, length), SegmentLayout.data(8));
            position += length;
        }
        SegmentIndex index = new SegmentIndex(entries);

        for (int i = 0; i < count; i++) {
            long start = SegmentLayout.offset(entries.range(i));
            long end = SegmentLayout.end(entries.range(i));
            assertThat(index.find(start)).isEqualTo(i);
            assertThat(index.find(end - 1)).isEqualTo(i);
            assertThat(index.find(end)).isEqualTo(i + 1);
            assertThat(index.find(start + random.nextLong(end - start))).isEqualTo(i);
        }
        assertThat(index.find(position + random.nextLong(1L << 40))).isEqualTo(count);
    }

    private static SegmentMap fill(Random random, int operations, long[] model) {
        SegmentMap map = new SegmentMap();
        for (int i = 0; i < operations; i++) {
            int offset = random.nextInt(SECTORS);
            int longest = random.nextInt(20) == 0 ? 1000 : 8;
            int length = 1 + random.nextInt(Math.min(longest, SECTORS - offset));
            boolean zeroed = random.nextInt(4) == 0;
            long moffset = 8 + random.nextLong(1L << 50);
            long mapping = zeroed ? SegmentLayout.zeroed(moffset) : SegmentLayout.data(moffset);
            map.insert(SegmentLayout.range(offset, length), mapping);
            for (int s = 0; s < length; s++) {
                model[offset + s] = SegmentLayout.advance(mapping, s);
            }
        }
        return map;
    }

    private static long[] holes() {
        long[] model = new long[SECTORS];
        Arrays.fill(model, HOLE);
        return model;
    }

    private static long[] answers(SegmentMap map) {
        long[] answers = holes();
        for (int s = 0; s < SECTORS; s++) {
            long slot = map.find(s);
            if (slot >= 0 && SegmentLayout.offset(map.range(slot)) <= s) {
                answers[s] = SegmentLayout.advance(map.mapping(slot), s - SegmentLayout.offset(map.range(slot)));
            }
        }
        return answers;
    }

    private static long[] answers(SegmentIndex index) {
        long[] answers = holes();
        assertThat(index.find(SECTORS)).isEqualTo(index.size());
        assertThat(index.find(SegmentLayout.MAX_OFFSET)).isEqualTo(index.size());
        for (int s = 0; s < SECTORS; s++) {
            int i = index.find(s);
            if (i < index.size() && SegmentLayout.offset(index.range(i)) <= s) {
                answers[s] = SegmentLayout.advance(index.mapping(i), s - SegmentLayout.offset(index.range(i)));
            }
        }
        return answers;
    }

    private static boolean ascends(SegmentList entries) {
        long end = 0;
        for (int i = 0; i < entries.size(); i++) {
            if (SegmentLayout.offset(entries.range(i)) < end || SegmentLayout.length(entries.range(i)) == 0) {
                return false;
            }
            end = SegmentLayout.end(entries.range(i));
        }
        return true;
    }
}
