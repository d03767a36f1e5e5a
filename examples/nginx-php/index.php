<?php
$last = @file_get_contents("/run/app/last") ?: "never";
echo "PHP ", PHP_MAJOR_VERSION, " answers; the job ran last at $last\n";
