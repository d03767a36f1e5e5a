<?php
// What cron runs: stands for `artisan schedule:run`, wp-cron.php or occ.
file_put_contents("/run/app/last", date("H:i:s"));
echo "the job has run\n";
