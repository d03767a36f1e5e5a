<?php

namespace App\Http;

use App\Jobs\Invoice;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Redis;

class Invoices
{
    public function show()
    {
        return response((Redis::get('done') ?: 0)." invoices are written\n", 200, ['Content-Type' => 'text/plain']);
    }

    public function order(Request $request)
    {
        Invoice::dispatch((float) $request->input('seconds', 0));
        return response("accepted\n", 202);
    }
}
